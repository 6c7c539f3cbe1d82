import assert from "node:assert/strict";
import { test } from "node:test";
import {
  analyzeRun,
  checkRun,
  compareRuns,
  createRun,
  diffInstances,
  exportJunit,
  exportOtlp,
  findSteps,
  httpExecutor,
  instanceLinks,
  instanceTimeline,
  learnNoise,
  listRuns,
  mergeRuns,
  openRun,
  readStepMessages,
  recoverRun,
  replayInstance,
  replayRun,
  resumeRun,
  runHistory,
  searchRun,
  sendHttp,
  stepStatistics,
  verifyRun,
  writeReport,
} from "../../mod.ts";
import { withSampleRun } from "../support/sample_run.ts";

// deno-lint-ignore no-explicit-any -- what JavaScript callers may pass
type Wrong = any;

/** Every public function that takes options, called with these. */
const CALLS: Record<
  string,
  (path: string, options: Wrong) => unknown
> = {
  createRun: (_, options) => createRun({ sut_name: "shop", ...options }),
  resumeRun,
  openRun,
  recoverRun,
  verifyRun,
  listRuns: (path, options) => listRuns(path, options).next(),
  replayInstance: async (path, options) =>
    replayInstance(await openRun(path), "inst_001", () => ({}), options),
  replayRun: async (path, options) =>
    replayRun(await openRun(path), () => ({}), options),
  learnNoise: async (path, options) =>
    learnNoise(await openRun(path), [], () => ({}), options),
  sendHttp: (_, options) =>
    sendHttp({ method: "GET", url: "http://127.0.0.1:1/" }, options),
  httpExecutor: (_, options) => httpExecutor(options),
  diffInstances: async (path, options) =>
    diffInstances(await openRun(path), "inst_001", "inst_001", options),
  findSteps: async (path, options) =>
    findSteps(await openRun(path), options).next(),
  searchRun: async (path, options) =>
    searchRun(await openRun(path), "x", options).next(),
  stepStatistics: async (path, options) =>
    stepStatistics(await openRun(path), options),
  analyzeRun: async (path, options) => analyzeRun(await openRun(path), options),
  checkRun: async (path, options) =>
    checkRun(await openRun(path), ["failed=0"], options),
  compareRuns: async (path, options) =>
    compareRuns(await openRun(path), await openRun(path), options),
  exportJunit: async (path, options) =>
    exportJunit(await openRun(path), `${path}.xml`, options),
  exportOtlp: async (path, options) =>
    exportOtlp(await openRun(path), `${path}.otlp`, options),
  instanceLinks: async (path, options) =>
    instanceLinks(await openRun(path), "inst_001", options),
  mergeRuns: (path, options) => mergeRuns([path], options),
  readStepMessages: async (path, options) => {
    const trace = await (await openRun(path)).instance("inst_001");
    return readStepMessages(instanceTimeline(trace).steps[0]!, options);
  },
  runHistory,
  writeReport: (path, options) =>
    writeReport(path, new WritableStream(), options),
  follow: async (path, options) => (await openRun(path)).follow(options),
  steps: async (path, options) => (await openRun(path)).steps({}, options),
  instances: async (path, options) =>
    (await openRun(path)).instances({}, options),
  assertions: async (path, options) =>
    (await openRun(path)).assertions({}, options),
};

/** An option of each, misspelt. */
const MISSPELT: Record<string, [wrong: string, right: string]> = {
  createRun: ["redcat", "redact"],
  resumeRun: ["redcat", "redact"],
  openRun: ["fss", "fs"],
  recoverRun: ["moode", "mode"],
  verifyRun: ["secret", "secrets"],
  listRuns: ["Fs", "fs"],
  replayInstance: ["allow_incomplete", "allowIncomplete"],
  replayRun: ["samples", "sample"],
  learnNoise: ["time", "times"],
  sendHttp: ["BaseURL", "baseUrl"],
  httpExecutor: ["header", "headers"],
  diffInstances: ["ignored", "ignore"],
  findSteps: ["limits", "limit"],
  searchRun: ["onskipped", "onSkipped"],
  stepStatistics: ["onrecord", "onRecord"],
  analyzeRun: ["onrecord", "onRecord"],
  checkRun: ["onRecords", "onRecord"],
  compareRuns: ["ignored", "ignore"],
  exportJunit: ["oninstance", "onInstance"],
  exportOtlp: ["header", "headers"],
  instanceLinks: ["forbidden", "forbid"],
  mergeRuns: ["allowmissing", "allowMissing"],
  readStepMessages: ["fileBytes", "fileBytesMax"],
  runHistory: ["limits", "limit"],
  writeReport: ["bytes_max", "bytesMax"],
  follow: ["signa", "signal"],
  steps: ["oncorruptline", "onCorruptLine"],
  instances: ["onCorruptLines", "onCorruptLine"],
  assertions: ["onCorrupt_line", "onCorruptLine"],
};

for (const [name, call] of Object.entries(CALLS)) {
  test(`${name}() rejects an option that it does not know, with the closest one`, () =>
    withSampleRun(async (path) => {
      const [wrong, right] = MISSPELT[name]!;
      await assert.rejects(
        async () => await call(path, { [wrong]: undefined }),
        {
          code: "INVALID_OPTION",
          path: wrong,
          message:
            `Cannot call ${name}(): "${wrong}" is not an option: did you mean "${right}"?`,
        },
      );
    }));

  test(`${name}() rejects options that are not an object`, () =>
    withSampleRun(async (path) => {
      if (name === "createRun") return await assert.rejects(createRun(null!));
      for (const wrong of [null, "secrets", 1]) {
        await assert.rejects(async () => await call(path, wrong), {
          code: "INVALID_OPTION",
        });
      }
    }));
}

test("verifyRun() does not say ok where the option with the secrets is misspelt", () =>
  withSampleRun(async (path) => {
    const secrets = ["naïve 🛒"];
    assert.equal((await verifyRun(path, { secrets })).ok, false);
    await assert.rejects(verifyRun(path, { secret: secrets } as Wrong));
  }));

test("an option inside of an option is looked at too", async () => {
  const wrong: Wrong = { sut_name: "shop", limits: { recordByteMax: 1 } };
  await assert.rejects(createRun(wrong), {
    message:
      'Cannot call createRun(): "limits.recordByteMax" is not an option: did you mean "recordBytesMax"?',
  });
  const redact: Wrong = { sut_name: "shop", redact: { path: ["a"] } };
  await assert.rejects(createRun(redact), { code: "INVALID_OPTION" });
});
