/// <reference lib="dom" />
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/** Failures by cause; causes that differ in values only stand together. */
import type { ReportCause } from "../../src/report/model.ts";
import type { Index } from "./data.ts";
import { count, visible } from "./text.ts";

/** With the name of the assertion, where the reason has values alone. */
export function reasonOf({ assertion_name, reason }: ReportCause): string {
  return visible(
    assertion_name !== null && reason.startsWith("expected ")
      ? `${assertion_name}: ${reason}`
      : reason,
  );
}

export function Failures({ index }: { index: Index }) {
  const groups = new Map<number, ReportCause[]>();
  for (const cause of index.causes) {
    groups.set(cause.group, [...groups.get(cause.group) ?? [], cause]);
  }
  const sorted = [...groups.values()].map((causes) => ({
    causes,
    total: causes.reduce((sum, cause) => sum + cause.count, 0),
  })).sort((a, b) => b.total - a.total);
  if (sorted.length === 0) return <p class="empty">No instance failed.</p>;
  return (
    <ol class="causes">
      {sorted.map(({ causes, total }) => {
        const [first] = causes as [ReportCause];
        const place = index.causes.indexOf(first);
        return (
          <li key={place} class="card">
            <h2>
              <span class="n red">{count(total)}</span>
              <span class="reason">{reasonOf(first)}</span>
            </h2>
            {causes.map((cause) => (
              <p key={index.causes.indexOf(cause)}>
                {causes.length > 1 && <b>{count(cause.count)} ×</b>}
                {cause.step_name !== null && (
                  <>
                    step <b>{visible(cause.step_name)}</b>
                    {" "}
                  </>
                )}
                {cause.status_code !== null && (
                  <>
                    with status <b>{cause.status_code}</b>
                    {" "}
                  </>
                )}
                {cause.assertion_name !== null && (
                  <>
                    failed <b>{visible(cause.assertion_name)}</b>
                    {" "}
                  </>
                )}
                <span class="dim">
                  in {cause.scenarios.map(visible).join(", ")}
                </span>
                <br />
                {cause.examples.map((id) => (
                  <a
                    key={id}
                    class="chip"
                    href={`#/i/${encodeURIComponent(id)}`}
                  >
                    {visible(id)}
                  </a>
                ))}
                {cause.count > cause.examples.length && (
                  <a
                    class="chip"
                    href={`#/list?cause=${index.causes.indexOf(cause)}`}
                  >
                    all {count(cause.count)}
                  </a>
                )}
              </p>
            ))}
          </li>
        );
      })}
    </ol>
  );
}
