/// <reference lib="dom" />
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/** A page of a run that goes on: counts at once, everything else report by report. */
import { useEffect, useState } from "preact/hooks";
import { type Index, loadReport } from "./data.ts";
import { count } from "./text.ts";

interface Counts {
  total_instances: number;
  pass_count: number;
  fail_count: number;
  total_steps: number;
}

let counts: Counts | null = null;
let problem = "";
const changed = new EventTarget();

/** Whether the page is of a server. */
export function isLive(): boolean {
  return document.getElementById("page")?.dataset.live !== undefined;
}

/** Shows each new report. One that comes while another is loaded is loaded after. */
export function follow(show: (index: Promise<Index>) => Promise<void>): void {
  let loading: Promise<void> | null = null;
  let isNewer = false;
  const load = () => {
    isNewer = loading !== null;
    loading ??= show(loadReport()).finally(() => {
      loading = null;
      if (isNewer) load();
    });
  };
  const events = new EventSource("/events");
  const say = (text: string) => {
    problem = text;
    changed.dispatchEvent(new Event("change"));
  };
  events.addEventListener("report", load);
  events.addEventListener("counts", (event) => {
    counts = JSON.parse((event as MessageEvent<string>).data) as Counts;
    say("");
  });
  events.addEventListener("problem", (event) => {
    const { data } = event as MessageEvent<string>;
    say(`The report cannot be renewed: ${JSON.parse(data).message}`);
  });
  events.onerror = () => say("The server has ended: this is its last report.");
  load();
}

/** What is known by now, before the next report. */
export function LiveLine({ index }: { index: Index }) {
  const [, update] = useState(0);
  useEffect(() => {
    const listener = () => update((n) => n + 1);
    changed.addEventListener("change", listener);
    return () => changed.removeEventListener("change", listener);
  }, []);
  if (problem !== "") {
    return <p class="banner bad" role="status">{problem}</p>;
  }
  if (index.state !== "running") {
    return <p class="banner live" role="status">The run has ended.</p>;
  }
  return (
    <p class="banner live">
      <b>live</b>
      {counts &&
        ` ${count(counts.pass_count)} passed, ${
          count(counts.fail_count)
        } failed, ${count(counts.total_steps)} steps`}
    </p>
  );
}
