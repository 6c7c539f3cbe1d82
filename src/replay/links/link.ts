/**
 * A link: a value of an earlier answer that a later request holds.
 *
 * @module
 */

/** A place in what a step sent or saw. */
export interface LinkPlace {
  /** The step. */
  step_index: number;
  /**
   * The place in the observation or in the request, such as `body.cart_id`,
   * `headers["set-cookie"].sid`, `url.path[1]` or `url.query.cursor`.
   */
  path: string;
}

/** A value of an earlier answer that a later request holds. */
export interface Link {
  /** Where it was seen, in an observation: the latest place before the request. */
  from: LinkPlace;
  /** Where it was sent, in a request. */
  to: LinkPlace;
  /** Why it is a link, in words. */
  why: string;
  /**
   * How sure it is: `"high"` for what nobody can have guessed, and for links that
   * a file adds; `"low"` for what may be a coincidence.
   */
  confidence: "high" | "medium" | "low";
}
