/**
 * Checks of the members of an object that is written as bytes.
 *
 * @module
 */

/** Types that a member may have, as bits: a sum of them is a check. */
export const TEXT = 1;
export const NUMBER = 2;
export const BOOLEAN = 4;
export const NULL = 8;
export const OBJECT = 16;
export const ARRAY = 32;
/** Any type. */
export const ANY = 63;
/** A further bit: a number is 0 or more. */
export const NOT_NEGATIVE = 64;

/** Checks of the members of an object, by key; a record may hold no others. */
export interface MemberChecks {
  /**
   * Types; or whether a value is good; or checks of its members, where it is an
   * object.
   */
  [key: string]: number | ((value: unknown) => boolean) | MemberChecks;
}
