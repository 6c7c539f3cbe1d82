/// <reference lib="dom" />
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/** Small parts that several views use. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Index } from "./data.ts";
import { count, ms } from "./text.ts";

export const VERDICTS = ["passed", "failed", "error", "none", "incomplete"];
const WORDS = ["passed", "failed", "error", "no verdict", "incomplete"];

export function Verdict({ of }: { of: number }) {
  return <span class={`verdict ${VERDICTS[of]}`}>{WORDS[of]}</span>;
}

/** The verdict of an instance, after that in the earlier run. */
export function Verdicts({ index, place }: { index: Index; place: number }) {
  const verdict = index.instances.verdict[place]!;
  const before = index.changes?.beforeVerdict[place] ?? -1;
  if (before === -1 || before === verdict) return <Verdict of={verdict} />;
  return (
    <span>
      <Verdict of={before} /> → <Verdict of={verdict} />
    </span>
  );
}

/** How many passed and failed, as a bar. */
export function VerdictBar({ counts }: { counts: number[] }) {
  const total = counts.reduce((a, b) => a + b, 0) || 1;
  const label = counts.map((n, i) => n ? `${count(n)} ${WORDS[i]}` : "")
    .filter(Boolean).join(", ");
  return (
    <div class="bar" role="img" aria-label={label} title={label}>
      {counts.map((n, i) =>
        n > 0 && (
          <span
            key={i}
            class={VERDICTS[i]}
            style={{ width: `${(100 * n) / total}%` }}
          />
        )
      )}
    </div>
  );
}

export function Copy({ text, label }: { text: string; label?: string }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard?.writeText(text).catch(() => {});
    setCopied(true);
    setTimeout(() => setCopied(false), 1200);
  };
  return (
    <span class="copy">
      <code>{text}</code>
      <button type="button" onClick={copy} aria-label={`Copy ${label ?? text}`}>
        {copied ? "copied" : "copy"}
      </button>
    </span>
  );
}

export function Card(
  { title, children }: { title: string; children: ComponentChildren },
) {
  return (
    <section class="card">
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** One figure of an overview. */
export function Figure(
  { name, value, tone, href }: {
    name: string;
    value: string;
    tone?: string | undefined;
    href?: string | undefined;
  },
) {
  const inside = (
    <>
      <strong>{value}</strong>
      <span>{name}</span>
    </>
  );
  const look = `figure ${tone ?? ""}`;
  return href
    ? <a class={look} href={href}>{inside}</a>
    : <div class={look}>{inside}</div>;
}

/** A line or bars over time. */
export function Chart(
  { title, values, sliceMs, kind, unit }: {
    title: string;
    values: (number | null)[][];
    sliceMs: number;
    kind: ("bars" | "bad" | "line" | "line2")[];
    unit: "count" | "ms";
  },
) {
  const [width, height] = [600, 84];
  const most = Math.max(1e-9, ...values.flat().map((value) => value ?? 0));
  const slices = values[0]!.length;
  const x = (i: number) => (i / slices) * width;
  const y = (value: number) => height - (value / most) * (height - 4);
  const [hover, setHover] = useState<number | null>(null);
  const shown = (value: number | null | undefined) =>
    unit === "ms" ? ms(value) : count(value ?? 0);
  const move = (event: MouseEvent) => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const at = Math.floor(((event.clientX - box.left) / box.width) * slices);
    setHover(Math.max(0, Math.min(slices - 1, at)));
  };
  return (
    <figure class="chart">
      <figcaption>
        <span>
          {title.split(" / ").map((part, i) => (
            <>
              {i > 0 && " / "}
              <span class={`key-${kind[i]}`}>{part}</span>
            </>
          ))}
        </span>
        <span class="dim">
          {hover === null
            ? `up to ${shown(most)}`
            : `after ${ms(hover * sliceMs)}: ${
              values.map((row) => shown(row[hover])).join(" / ")
            }`}
        </span>
      </figcaption>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}, up to ${shown(most)}`}
        onMouseMove={move}
        onMouseLeave={() => setHover(null)}
      >
        {values.map((row, k) =>
          kind[k] === "bars" || kind[k] === "bad"
            ? row.map((value, i) =>
              value
                ? (
                  <rect
                    key={`${k}-${i}`}
                    class={kind[k]}
                    x={x(i)}
                    y={y(value)}
                    width={Math.max(1, width / slices - 0.3)}
                    height={height - y(value)}
                  />
                )
                : null
            )
            : (
              <path
                key={k}
                class={kind[k]}
                d={row.map((value, i) =>
                  value === null
                    ? ""
                    : `${i === 0 || row[i - 1] === null ? "M" : "L"}${
                      (x(i) + width / slices / 2).toFixed(1)
                    } ${y(value).toFixed(1)}`
                ).join("")}
              />
            )
        )}
        {hover !== null && (
          <line class="cursor" x1={x(hover)} x2={x(hover)} y1={0} y2={height} />
        )}
      </svg>
    </figure>
  );
}
