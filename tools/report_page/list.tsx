/// <reference lib="dom" />
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/** All instances: filtered, sorted, and drawn as far as they can be seen. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { InstanceDetails } from "../../src/report/model.ts";
import { CHANGES } from "../../src/report/model.ts";
import { CHANGE_WORDS } from "./changes.tsx";
import { type Index, readChunk } from "./data.ts";
import { reasonOf } from "./failures.tsx";
import { VERDICTS, Verdicts } from "./parts.tsx";
import { count, ms, visible } from "./text.ts";

const ROW = 30;

const ADDRESS_DELAY_MS = 250;

interface Filter {
  verdict: string;
  scenario: string;
  text: string;
  cause: string;
  change: string;
  sort: string;
}

function placesOf(index: Index, filter: Filter): number[] {
  const { id, verdict, scenario, key, cause, durationMs } = index.instances;
  const { change = [] } = index.changes ?? {};
  const text = filter.text.toLowerCase();
  const scenarioPlace = index.scenarios.indexOf(filter.scenario);
  const places: number[] = [];
  for (let i = 0; i < id.length; i++) {
    const word = VERDICTS[verdict[i]!]!;
    if (filter.verdict === "not passed") {
      if (word === "passed") continue;
    } else if (filter.verdict && word !== filter.verdict) continue;
    if (filter.scenario && scenario[i] !== scenarioPlace) continue;
    if (filter.cause && cause[i] !== Number(filter.cause)) continue;
    if (filter.change && CHANGES[change[i] ?? 0] !== filter.change) continue;
    if (text) {
      const reason = cause[i]! >= 0 ? index.causes[cause[i]!]!.reason : "";
      const all = `${id[i]}\n${key[i] ?? ""}\n${reason}`.toLowerCase();
      if (!all.includes(text)) continue;
    }
    places.push(i);
  }
  if (filter.sort === "slowest") {
    places.sort((a, b) => durationMs[b]! - durationMs[a]!);
  } else if (filter.sort === "steps") {
    const { steps } = index.instances;
    places.sort((a, b) => steps[b]! - steps[a]!);
  }
  return places;
}

/** The filter that the address asks for. */
function filterOfAddress(): Filter {
  const params = new URLSearchParams(location.hash.split("?")[1] ?? "");
  const of = (name: string) => params.get(name) ?? "";
  return {
    verdict: of("verdict"),
    scenario: of("scenario"),
    text: of("text"),
    cause: of("cause"),
    change: of("change"),
    sort: of("sort") || "order",
  };
}

/** The address of the list under a filter. */
function addressOf(filter: Filter): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(filter)) {
    if (value && !(name === "sort" && value === "order")) {
      params.set(name, value);
    }
  }
  return params.size > 0 ? `#/list?${params}` : "#/list";
}

/**
 * The filter belongs to the list: an address changes later than a reader
 * types, and browsers refuse to change it at each key.
 */
function useFilter(): [Filter, (change: Partial<Filter>) => void] {
  const [filter, setFilter] = useState(filterOfAddress);
  useEffect(() => {
    const changed = () => setFilter(filterOfAddress());
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  useEffect(() => {
    const timer = setTimeout(() => {
      if (location.hash.startsWith("#/list")) {
        history.replaceState(null, "", addressOf(filter));
      }
    }, ADDRESS_DELAY_MS);
    return () => clearTimeout(timer);
  }, [filter]);
  return [filter, (change) => setFilter((now) => ({ ...now, ...change }))];
}

export function List({ index }: { index: Index }) {
  const [filter, set] = useFilter();
  const places = useMemo(() => placesOf(index, filter), [index, filter]);
  const [found, setFound] = useState<Set<number> | null>(null);
  const shown = useMemo(
    () => found ? places.filter((place) => found.has(place)) : places,
    [places, found],
  );
  return (
    <section>
      <form class="filters" role="search" onSubmit={(e) => e.preventDefault()}>
        <label>
          <span>verdict</span>
          <select
            value={filter.verdict}
            onChange={(e) => set({ verdict: e.currentTarget.value })}
          >
            <option value="">all</option>
            <option value="not passed">not passed</option>
            {VERDICTS.map((word) => (
              <option key={word} value={word}>
                {word === "none" ? "no verdict" : word}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>scenario</span>
          <select
            value={filter.scenario}
            onChange={(e) => set({ scenario: e.currentTarget.value })}
          >
            <option value="">all</option>
            {index.scenarios.map((name) => (
              <option key={name} value={name}>{visible(name)}</option>
            ))}
          </select>
        </label>
        {index.changes && (
          <label>
            <span>change</span>
            <select
              value={filter.change}
              onChange={(e) => set({ change: e.currentTarget.value })}
            >
              <option value="">all</option>
              {Object.entries(CHANGE_WORDS).map(([kind, words]) => (
                <option key={kind} value={kind}>{words}</option>
              ))}
            </select>
          </label>
        )}
        <label>
          <span>sort</span>
          <select
            value={filter.sort}
            onChange={(e) => set({ sort: e.currentTarget.value })}
          >
            <option value="order">in order of start</option>
            <option value="slowest">slowest first</option>
            <option value="steps">most steps first</option>
          </select>
        </label>
        <label class="wide">
          <span>id, key or reason</span>
          <input
            id="filter"
            type="search"
            value={filter.text}
            onInput={(e) => set({ text: e.currentTarget.value })}
          />
        </label>
        <BodySearch index={index} onFound={setFound} />
      </form>
      <p class="dim" role="status">
        {count(shown.length)} of {count(index.instances.id.length)} instances
        {filter.cause && index.causes[Number(filter.cause)] && (
          <>
            , failed for: {visible(index.causes[Number(filter.cause)]!.reason)}
            {" "}
            <button type="button" onClick={() => set({ cause: "" })}>
              all
            </button>
          </>
        )}
      </p>
      <Rows index={index} places={shown} />
    </section>
  );
}

/** Searches every body that is in the report. */
function BodySearch(
  { index, onFound }: {
    index: Index;
    onFound: (found: Set<number> | null) => void;
  },
) {
  const [text, setText] = useState("");
  const [progress, setProgress] = useState("");
  const run = useRef(0);
  const search = async () => {
    const own = ++run.current;
    if (text === "") {
      setProgress("");
      return onFound(null);
    }
    const chunks = 1 + Math.max(-1, ...new Set(index.chunk));
    const placeOf = new Map(index.instances.id.map((id, i) => [id, i]));
    const needle = text.toLowerCase();
    const found = new Set<number>();
    for (let chunk = 0; chunk < chunks; chunk++) {
      const all: InstanceDetails[] = await readChunk(chunk);
      if (own !== run.current) return;
      for (const details of all) {
        if (!JSON.stringify(details).toLowerCase().includes(needle)) continue;
        found.add(placeOf.get(details.id)!);
      }
      setProgress(
        `${Math.floor((100 * (chunk + 1)) / chunks)} %, ${
          count(found.size)
        } found`,
      );
      onFound(new Set(found));
    }
  };
  return (
    <label class="wide">
      <span>text in bodies {progress && <b role="status">{progress}</b>}</span>
      <input
        type="search"
        placeholder="press Enter"
        value={text}
        onInput={(e) => {
          setText(e.currentTarget.value);
          if (e.currentTarget.value === "") onFound(null);
        }}
        onKeyDown={(e) => e.key === "Enter" && void search()}
      />
    </label>
  );
}

function Rows({ index, places }: { index: Index; places: number[] }) {
  const box = useRef<HTMLDivElement>(null);
  const [from, setFrom] = useState(0);
  const [height, setHeight] = useState(600);
  useEffect(() => {
    const measure = () => {
      if (!box.current) return;
      const top = box.current.getBoundingClientRect().top + scrollY;
      setHeight(innerHeight);
      setFrom(Math.max(0, Math.floor((scrollY - top) / ROW) - 10));
    };
    measure();
    addEventListener("scroll", measure, { passive: true });
    addEventListener("resize", measure);
    return () => {
      removeEventListener("scroll", measure);
      removeEventListener("resize", measure);
    };
  }, [places]);
  const { instances } = index;
  const visibleRows = Math.ceil(height / ROW) + 20;
  const drawn = places.slice(from, from + visibleRows);
  return (
    <div
      class={index.changes ? "rows two" : "rows"}
      ref={box}
      style={{ height: `${places.length * ROW}px` }}
    >
      {drawn.map((place, i) => {
        const cause = instances.cause[place]!;
        return (
          <a
            key={place}
            class="row"
            href={`#/i/${encodeURIComponent(instances.id[place]!)}`}
            style={{ top: `${(from + i) * ROW}px` }}
          >
            <Verdicts index={index} place={place} />
            <span class="id">{visible(instances.id[place]!)}</span>
            <span class="scenario">
              {visible(index.scenarios[instances.scenario[place]!] ?? "")}
            </span>
            <span class="key">
              {instances.key[place] !== null && visible(instances.key[place]!)}
            </span>
            <span class="why">
              {cause >= 0 && reasonOf(index.causes[cause]!)}
            </span>
            <span class="n">{ms(instances.durationMs[place])}</span>
          </a>
        );
      })}
    </div>
  );
}
