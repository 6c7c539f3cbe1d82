/**
 * Links that people add or forbid: `links` of a `replay.json`.
 *
 * @module
 */
import * as v from "valibot";
import type { StepRecord } from "../../format/records.ts";
import type { Link } from "./link.ts";

/** A place, of a step by its name or its `step_index`. */
export interface RulePlace {
  /** `step_name` or `step_index`. */
  step: string | number;
  /** As in a {@linkcode Link}: `body.csrf`, `headers["x-csrf"]`. */
  path: string;
}

/** What people know of the links of a run. */
export interface LinkRules {
  /**
   * Links that are followed, found or not. Each replaces a link that was found into
   * the same place.
   */
  add?: readonly { from: RulePlace; to: RulePlace }[] | undefined;
  /** Links that are not followed: those that match every field that is given. */
  forbid?:
    | readonly {
      from?: Partial<RulePlace> | undefined;
      to?: Partial<RulePlace> | undefined;
    }[]
    | undefined;
}

const places = {
  step: v.union([v.string(), v.number()], "must be a step_name or step_index"),
  path: v.string("must be a path"),
};
const PlaceSchema = v.strictObject(places);
const SomePlaceSchema = v.optional(v.partial(PlaceSchema));

/** What {@linkcode LinkRules} may hold. */
export const LinkRulesSchema: v.GenericSchema<LinkRules> = v.strictObject({
  add: v.optional(
    v.array(v.strictObject({ from: PlaceSchema, to: PlaceSchema })),
  ),
  forbid: v.optional(
    v.array(v.strictObject({ from: SomePlaceSchema, to: SomePlaceSchema })),
  ),
});

type Step = Pick<StepRecord, "step_index" | "step_name">;

/** Returns links with those that are added, and without those that are forbidden. */
export function applyRules(
  links: readonly Link[],
  { add = [], forbid = [] }: LinkRules,
  steps: readonly Step[],
): Link[] {
  const added = add.flatMap(({ from, to }) =>
    stepsOf(to.step, steps).flatMap((receiver): Link[] => {
      // The latest one before it: a step may be executed many times.
      const origin = stepsOf(from.step, steps)
        .findLast(({ step_index }) => step_index < receiver.step_index);
      if (!origin) return [];
      return [{
        from: { step_index: origin.step_index, path: from.path },
        to: { step_index: receiver.step_index, path: to.path },
        why: "a rule adds it",
        confidence: "high",
      }];
    })
  );
  const isAt = (place: Link["from"], rule: Partial<RulePlace> = {}) =>
    (rule.path === undefined || rule.path === place.path) &&
    (rule.step === undefined ||
      stepsOf(rule.step, steps).some(({ step_index }) =>
        step_index === place.step_index
      ));
  const kept = links.filter((link) =>
    !forbid.some(({ from, to }) =>
      isAt(link.from, from) && isAt(link.to, to)
    ) &&
    !added.some(({ to }) =>
      to.step_index === link.to.step_index && to.path === link.to.path
    )
  );
  return [...kept, ...added]
    .sort((a, b) => a.to.step_index - b.to.step_index);
}

function stepsOf(step: string | number, steps: readonly Step[]): Step[] {
  return steps.filter(({ step_index, step_name }) =>
    step === step_index || step === step_name
  );
}
