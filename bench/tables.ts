/** Results as tables of Markdown. */
import { GOALS } from "./goals.ts";
import { QUICK_ROWS } from "./quick.ts";
import { type ByRuntime, type Part, type Results } from "./results.ts";
import { RUNTIMES } from "./runtimes.ts";
import type { Sample, Samples } from "./series.ts";
import { sonicBoomSync } from "./sonic_boom.ts";
import { median, ratio, spread } from "./stats.ts";
import type { Validation } from "./validation.ts";
import { ARRIVALS, PRODUCERS } from "./written.ts";

const COUNTS = `${PRODUCERS.join(" / ")} producers`;

/**
 * The tables by name, as README.md has them between marks; undefined where nothing
 * was measured of one.
 */
export function tables(results: Results): Record<string, string | undefined> {
  const all = tablesOf(results);
  const isThere = (name: string) =>
    name === "goals"
      ? Object.keys(results.written).length > 0
      : Object.keys(results[name as Part]).length > 0;
  return Object.fromEntries(
    Object.entries(all).map(([name, table]) => [
      name,
      isThere(name) ? table() : undefined,
    ]),
  );
}

function tablesOf(results: Results): Record<string, () => string> {
  const written = ARRIVALS.map((arrivals) => {
    const byRuntime = mapped(
      results.written,
      ({ samples }) => samples[arrivals],
    );
    const title = arrivals === "microtasks"
      ? "A producer gives its next record when it hears of the last one (arrivals in microtasks)"
      : "Each record comes from an event of its own (arrivals in separate turns)";
    return `${title}, thousand records a second:\n\n` +
      rates(results, byRuntime, promisesOf(results.written)) +
      `\n\nTimes sonic-boom sync:\n\n` +
      ratios(results, byRuntime, sonicBoomSync.name) +
      `\n\nProcessor time of a record, µs:\n\n` +
      processor(results, byRuntime);
  });
  const durable = mapped(results.durable, ({ samples }) => samples);
  return {
    quick: () => quick(results),
    goals: () => goals(results),
    written: () => written.join("\n\n"),
    durable: () => rates(results, durable, promisesOf(results.durable)),
    validation: () => validation(results),
    delay: () => delay(results),
    growth: () => growth(results),
    artifacts: () => artifacts(results),
    reading: () => reading(results),
    commandLine: () => commandLine(results),
  };
}

/** The lowest data of a row counts; the range is that of the middle half. */
function quick(results: Results): string {
  const rows = QUICK_ROWS.flatMap(({ aim, data, bound }) =>
    data.map((name) => [
      aim,
      name,
      ...RUNTIMES.flatMap((runtime) => {
        const row = results.quick[runtime]?.[aim];
        const measured = row?.[name];
        if (!measured) return ["–", "–"];
        const lowest = Math.min(
          ...Object.values(row).map(({ rate }) => rate[1]),
        );
        const [low, median, high] = measured.rate;
        const told = `${number(median)}${
          bound === undefined ? "" : ` of ${bound[runtime]}`
        }`;
        const isMissed = bound !== undefined && lowest < bound[runtime];
        return [
          `${isMissed ? `**${told}**` : told} (${number(low)}–${number(high)})`,
          `${number(measured.cpu)}, ${number(measured.cpuUs)} µs`,
        ];
      }),
    ])
  );
  const head = names(results).flatMap((name) => [name, "processor"]);
  return table(["times sonic-boom sync", "data", ...head], rows);
}

function goals(results: Results): string {
  const rows = GOALS.map(({ aim, bound, atMost, figure }) => [
    aim,
    ...RUNTIMES.map((runtime) => {
      const value = figure(results, runtime);
      if (value === undefined) return "";
      const met = atMost ? value <= bound[runtime] : value >= bound[runtime];
      const told = `${number(value)} of ${bound[runtime]}`;
      return met ? told : `**${told}**`;
    }),
  ]);
  return table(["goal", ...names(results)], rows);
}

function rates(
  results: Results,
  samples: ByRuntime<Record<number, Samples>>,
  promises: Record<string, string>,
): string {
  const rows = Object.keys(promises).map((name) => {
    const spreads: number[] = [];
    const cells = byProducers(samples, name, (ofRow) => {
      const values = ofRow.map(({ rate }) => rate / 1000);
      spreads.push(spread(values));
      return median(values);
    });
    return [name, promises[name]!, ...cells, `${number(median(spreads))} %`];
  });
  return table([COUNTS, "promise", ...names(results), "spread"], rows);
}

function ratios(
  results: Results,
  samples: ByRuntime<Record<number, Samples>>,
  base: string,
): string {
  const rates = (ofRow: Sample[]) => ofRow.map(({ rate }) => rate);
  const rows = contendersOf(samples).map((name) => [
    name,
    ...byProducers(
      samples,
      name,
      (ofRow, row) => ratio(rates(ofRow), rates(row[base]!)),
    ),
  ]);
  return table([COUNTS, ...names(results)], rows);
}

function processor(
  results: Results,
  samples: ByRuntime<Record<number, Samples>>,
): string {
  const rows = contendersOf(samples).map((name) => [
    name,
    ...byProducers(
      samples,
      name,
      (ofRow) => median(ofRow.map(({ cpuUs }) => cpuUs)),
    ),
  ]);
  return table([COUNTS, ...names(results)], rows);
}

/** A cell a runtime: the figure of a contender at each number of producers. */
function byProducers(
  samples: ByRuntime<Record<number, Samples>>,
  name: string,
  figure: (ofRow: Sample[], row: Samples) => number,
): string[] {
  return RUNTIMES.map((runtime) => {
    const rows = PRODUCERS.map((producers) => samples[runtime]?.[producers]);
    if (!rows.some((row) => row?.[name])) return "–";
    return rows.map((row) => row?.[name] ? number(figure(row[name], row)) : "–")
      .join(" / ");
  });
}

function validation(results: Results): string {
  const row = (name: string, value: keyof Validation) => [
    name,
    ...RUNTIMES.map((runtime) => {
      const samples = results.validation[runtime]?.[value];
      return samples ? number(median(samples)) : "–";
    }),
  ];
  return table(["nanoseconds a record", ...names(results)], [
    row("the record is made", "madeNs"),
    row("… and encoded", "encodedNs"),
    row("… and put in order and checked", "checkedNs"),
    row("… and looked into for secrets", "searchedNs"),
  ]);
}

function delay(results: Results): string {
  const rows: string[][] = [];
  for (const disk of ["quiet", "busy"] as const) {
    const contenders = new Set(
      RUNTIMES.flatMap((runtime) =>
        Object.keys(results.delay[runtime]?.[disk] ?? {})
      ),
    );
    for (const name of contenders) {
      rows.push([
        disk,
        name,
        ...RUNTIMES.map((runtime) => {
          const delay = results.delay[runtime]?.[disk][name];
          if (!delay) return "–";
          const { p50Ms, p99Ms, maxMs } = delay;
          return [p50Ms, p99Ms, maxMs].map(number).join(" / ");
        }),
      ]);
    }
  }
  return table(["disk", "p50 / p99 / max, ms", ...names(results)], rows);
}

function growth(results: Results): string {
  const runs = RUNTIMES.flatMap((runtime) => results.growth[runtime] ?? []);
  const sizes = [
    ...new Map(
      runs.map((run) => [`${run.steps} ${run.inFlight}`, run]),
    ).values(),
  ];
  const rows = sizes.map(({ steps, inFlight }) => [
    `${steps.toLocaleString("en")} steps, ${
      inFlight.toLocaleString("en")
    } in flight`,
    ...RUNTIMES.map((runtime) => {
      const run = results.growth[runtime]?.find((run) =>
        run.steps === steps && run.inFlight === inFlight
      );
      if (!run) return "–";
      const riseMb = run.peakMb - run.startMb;
      const { usPerStep, userUsPerStep } = run;
      return `${number(usPerStep)} µs, ${number(userUsPerStep)} µs, +${
        number(riseMb)
      } MB`;
    }),
  ]);
  return table([
    "time and user time a step, memory over start",
    ...names(results),
  ], rows);
}

function artifacts(results: Results): string {
  const row = (
    name: string,
    value: keyof NonNullable<Results["artifacts"]["node"]>,
  ) => [
    name,
    ...RUNTIMES.map((runtime) => {
      const measured = results.artifacts[runtime];
      return measured ? number(measured[value]) : "–";
    }),
  ];
  return table(["steps with a file each", ...names(results)], [
    row("files", "files"),
    row("files a second", "filesPerS"),
    row("`finalize()`, ms", "finalizeMs"),
    row("`openRun`, one instance, one file, ms", "openMs"),
    row("memory over start, MB", "riseMb"),
  ]);
}

function reading(results: Results): string {
  const readers = new Set(RUNTIMES.flatMap((runtime) => {
    const { gbPerS = {}, skipped = {} } = results.reading[runtime] ?? {};
    return [...Object.keys(gbPerS), ...Object.keys(skipped)];
  }));
  const rows = [...readers].map((name) => {
    const spreads: number[] = [];
    const cells = RUNTIMES.map((runtime) => {
      const measured = results.reading[runtime];
      const values = measured?.gbPerS[name];
      if (!values) return measured?.skipped[name] ?? "–";
      spreads.push(spread(values));
      return number(median(values));
    });
    return [name, ...cells, `${number(median(spreads))} %`];
  });
  rows.push([
    "memory after a read by `openRun`, at most, MB",
    ...RUNTIMES.map((runtime) => {
      const measured = results.reading[runtime];
      return measured ? number(measured.peakMb) : "–";
    }),
    "",
  ]);
  return table(["GB/s", ...names(results), "spread"], rows);
}

function commandLine(results: Results): string {
  const commands = new Set(
    RUNTIMES.flatMap((runtime) =>
      Object.keys(results.commandLine[runtime]?.seconds ?? {})
    ),
  );
  const rows = [...commands].flatMap((name) => [
    [
      `${name}, seconds`,
      ...RUNTIMES.map((runtime) => {
        const values = results.commandLine[runtime]?.seconds[name];
        return values ? number(median(values)) : "–";
      }),
    ],
    [
      `${name}, memory at most, MB`,
      ...RUNTIMES.map((runtime) => {
        const peakMb = results.commandLine[runtime]?.peakMb[name];
        return peakMb ? number(peakMb) : "–";
      }),
    ],
  ]);
  return table(["to the end", ...names(results)], rows);
}

function names({ versions }: Results): string[] {
  return RUNTIMES.map((runtime) => versions[runtime] ?? runtime);
}

function mapped<A, B>(
  values: ByRuntime<A>,
  change: (value: A) => B,
): ByRuntime<B> {
  return Object.fromEntries(
    Object.entries(values).map(([runtime, value]) => [runtime, change(value)]),
  );
}

function promisesOf(
  parts: ByRuntime<{ promises: Record<string, string> }>,
): Record<string, string> {
  return Object.assign(
    {},
    ...RUNTIMES.map((runtime) => parts[runtime]?.promises),
  );
}

function contendersOf(
  samples: ByRuntime<Record<number, Samples>>,
): string[] {
  return [
    ...new Set(
      RUNTIMES.flatMap((runtime) =>
        Object.values(samples[runtime] ?? {}).flatMap(Object.keys)
      ),
    ),
  ];
}

/** Three digits at most, and no more than two after the point. */
function number(value: number): string {
  if (!Number.isFinite(value)) return "–";
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value.toFixed(value >= 10 ? 1 : 2);
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)]
    .join("\n");
}
