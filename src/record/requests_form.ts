/**
 * The form in which a run records the requests and the responses of its steps.
 *
 * @module
 */
import * as v from "valibot";

/**
 * Where the `request` and the `response` of a step are put: `"files"` into
 * `artifacts/<instance>/step_NNN_request.json` and `…_response.json`; `"inline"`
 * into the line of the step, as its fields `request` and `response`.
 */
export type RequestsForm = "files" | "inline";

/** The option `requests`. */
export const RequestsFormSchema: v.GenericSchema<RequestsForm> = v.picklist([
  "files",
  "inline",
]);
