/// <reference lib="dom" />
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/** The run at a glance: verdicts, scenarios, time, steps. */
import { ChangeFigures } from "./changes.tsx";
import type { Index } from "./data.ts";
import { reasonOf } from "./failures.tsx";
import { Card, Chart, Figure, VerdictBar } from "./parts.tsx";
import { count, ms, visible } from "./text.ts";

export function verdictCounts(index: Index, scenario?: number): number[] {
  const counts = [0, 0, 0, 0, 0];
  index.instances.verdict.forEach((verdict, i) => {
    if (scenario === undefined || index.instances.scenario[i] === scenario) {
      counts[verdict]!++;
    }
  });
  return counts;
}

export function Overview({ index }: { index: Index }) {
  const { timeline, summary } = index;
  const counts = verdictCounts(index);
  const judged = counts[0]! + counts[1]! + counts[2]!;
  const steps = index.steps.reduce((sum, step) => sum + step.count, 0);
  return (
    <>
      <div class="figures">
        <Figure
          name="passed"
          value={judged === 0
            ? "–"
            : `${((100 * counts[0]!) / judged).toFixed(1)} %`}
          tone={counts[1]! + counts[2]! > 0 ? "bad" : "good"}
        />
        <Figure
          name="instances"
          href="#/list"
          value={count(index.instances.id.length)}
        />
        <Figure
          name="failed"
          href="#/failures"
          value={count(counts[1]! + counts[2]!)}
          tone={counts[1]! + counts[2]! > 0 ? "bad" : undefined}
        />
        {counts[4]! > 0 && (
          <Figure name="incomplete" value={count(counts[4]!)} tone="bad" />
        )}
        {(summary?.flaky_count ?? 0) > 0 && (
          <Figure name="flaky" value={count(summary!.flaky_count)} tone="bad" />
        )}
        <Figure name="steps" value={count(steps)} />
        {summary && (
          <Figure name="p95 of a step" value={ms(summary.p95_latency_ms)} />
        )}
      </div>
      {index.comparison && (
        <>
          <p>
            Since <b>{visible(index.comparison.run_id)}</b>
          </p>
          <ChangeFigures index={index} />
        </>
      )}
      {index.causes.length > 0 && (
        <Card title="Why instances failed">
          <ul class="top">
            {index.causes.slice(0, 5).map((cause) => (
              <li key={index.causes.indexOf(cause)}>
                <span class="n red">{count(cause.count)}</span>
                <a href={`#/i/${encodeURIComponent(cause.examples[0] ?? "")}`}>
                  {reasonOf(cause)}
                </a>
                <span class="dim">
                  {cause.step_name !== null && ` ${visible(cause.step_name)},`}
                  {" "}
                  {cause.scenarios.map(visible).join(", ")}
                </span>
              </li>
            ))}
          </ul>
          {index.causes.length > 5 && (
            <p>
              <a href="#/failures">all {count(index.causes.length)} causes</a>
            </p>
          )}
        </Card>
      )}
      <Card title="Scenarios">
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th>scenario</th>
                <th class="wide">verdicts</th>
                <th class="n">instances</th>
                <th class="n">failed</th>
              </tr>
            </thead>
            <tbody>
              {index.scenarios.slice(0, 100).map((name, i) => {
                const of = verdictCounts(index, i);
                const failed = of[1]! + of[2]!;
                return (
                  <tr key={name}>
                    <td>
                      <a href={`#/list?scenario=${encodeURIComponent(name)}`}>
                        {visible(name)}
                      </a>
                    </td>
                    <td>
                      <VerdictBar counts={of} />
                    </td>
                    <td class="n">{count(of.reduce((a, b) => a + b, 0))}</td>
                    <td class={failed ? "n red" : "n"}>{count(failed)}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
          {index.scenarios.length > 100 && (
            <p class="dim">{count(index.scenarios.length - 100)} more</p>
          )}
        </div>
      </Card>
      {timeline && (
        <Card title="Over time">
          <Chart
            title="in flight"
            values={[timeline.inFlight]}
            kind={["bars"]}
            unit="count"
            sliceMs={timeline.sliceMs}
          />
          <Chart
            title="completed / failed"
            values={[timeline.completed, timeline.failed]}
            kind={["bars", "bad"]}
            unit="count"
            sliceMs={timeline.sliceMs}
          />
          <Chart
            title="latency of steps, p50 / p95"
            values={[timeline.p50Ms, timeline.p95Ms]}
            kind={["line2", "line"]}
            unit="ms"
            sliceMs={timeline.sliceMs}
          />
          <p class="dim">Each slice is {ms(timeline.sliceMs)} long.</p>
        </Card>
      )}
      <Card title="Steps">
        <div class="scroll">
          <table>
            <thead>
              <tr>
                <th>step</th>
                <th class="n">count</th>
                <th class="n">not ok</th>
                <th class="n">p50</th>
                <th class="n">p95</th>
                <th class="n">max</th>
                <th class="wide">latencies</th>
              </tr>
            </thead>
            <tbody>
              {index.steps.map((step) => (
                <tr key={step.name}>
                  <td>{visible(step.name)}</td>
                  <td class="n">{count(step.count)}</td>
                  <td class={step.notOk ? "n red" : "n"}>
                    {count(step.notOk)}
                  </td>
                  <td class="n">{ms(step.p50Ms)}</td>
                  <td class="n">{ms(step.p95Ms)}</td>
                  <td class="n">{ms(step.maxMs)}</td>
                  <td>
                    <Histogram buckets={step.histogram} name={step.name} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Card>
    </>
  );
}

function Histogram(
  { buckets, name }: {
    buckets: { fromMs: number; count: number }[];
    name: string;
  },
) {
  if (buckets.length === 0) return <span class="dim">–</span>;
  const most = Math.max(...buckets.map((bucket) => bucket.count));
  const label = `${visible(name)}: ${ms(buckets[0]!.fromMs)} to ${
    ms(buckets.at(-1)!.fromMs)
  }`;
  return (
    <svg
      class="histogram"
      viewBox={`0 0 ${buckets.length} 20`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <title>{label}</title>
      {buckets.map((bucket, i) => (
        <rect
          key={i}
          class="bars"
          x={i}
          y={20 - (bucket.count > 0 ? 1 + 19 * bucket.count / most : 0)}
          width={0.9}
          height={bucket.count > 0 ? 1 + 19 * bucket.count / most : 0}
        />
      ))}
    </svg>
  );
}
