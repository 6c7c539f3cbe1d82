/**
 * The form in which a run records the requests and the responses of its steps.
 *
 * @module
 */
import * as v from "valibot";

/**
 * Where the `request` and the `response` of a step are put: `"files"` into
 * `artifacts/<instance>/step_NNN_request.json` and `…_response.json`; `"inline"`
 * into the line of the step, as its fields `request` and `response`;
 * `"on-failure"` into files that are kept only where the instance did not pass
 * (`passed` is false or null, or it never completed). Until it completes they are
 * held in memory, up to 16 MiB for the whole run: a crash loses those of the
 * instances that are open, unless `durability` is `"record"` or `syncArtifacts` is
 * set, where each file is on the disk before its step is acknowledged.
 */
export type RequestsForm = "files" | "inline" | "on-failure";

/** The option `requests`. */
export const RequestsFormSchema: v.GenericSchema<RequestsForm> = v.picklist([
  "files",
  "inline",
  "on-failure",
]);
