/**
 * The links of a recorded instance.
 *
 * @module
 */
import { assertReader } from "../check/assert_reader.ts";
import { assertOptions } from "../check/options.ts";
import type { RunReader } from "../read/mod.ts";
import type { Link } from "./links/link.ts";
import { type LinkRules, LinkRulesSchema } from "./links/link_rules.ts";
import { readRecordedInstance } from "./recorded_instance.ts";

/**
 * Finds what flows from answers of an instance into its later requests: ids,
 * tokens, cookies, cursors. {@linkcode replayInstance} follows these links.
 *
 * Links are found in the recording of the instance alone: the same text in an
 * answer and in a later request, where it looks generated or both places are
 * those of ids, and was not known before the answer.
 *
 * @param rules Links to add or to forbid.
 * @throws {ArtifactError} `INSTANCE_NOT_FOUND`, `CORRUPT_LINE`, `READ_FAILED`
 *
 * @example
 * ```ts
 * import { createRun, instanceLinks, openRun } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * const instance = run.startInstance({ scenario_id: "checkout" });
 * await instance.step({
 *   step_name: "create_cart",
 *   step_type: "http",
 *   request: { method: "POST", url: "/carts" },
 *   observation: { status_code: 201, body: { cart_id: "cart_9f3a" } },
 * });
 * await instance.step({
 *   step_name: "show_cart",
 *   step_type: "http",
 *   request: { method: "GET", url: "/carts/cart_9f3a" },
 *   observation: { status_code: 200 },
 * });
 * await instance.complete();
 * await run.finalize();
 *
 * const [link] = await instanceLinks(await openRun(run.path), "inst_001");
 * console.log(link?.from.path, link?.to.path); // body.cart_id url.path[1]
 * ```
 */
export async function instanceLinks(
  run: RunReader,
  instance_id: string,
  rules: LinkRules = {},
): Promise<Link[]> {
  assertReader("instanceLinks", run);
  assertOptions("instanceLinks", LinkRulesSchema, rules);
  const { links } = await readRecordedInstance(run, instance_id, {
    wants: () => true,
    secrets: {},
    linkRules: rules,
  });
  return links;
}
