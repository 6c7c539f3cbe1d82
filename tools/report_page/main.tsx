/// <reference lib="dom" />
/** @jsxRuntime automatic */
/** @jsxImportSource preact */
/** The page of a report. */
import { render } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Changes } from "./changes.tsx";
import { type Index, readIndex } from "./data.ts";
import { Failures } from "./failures.tsx";
import { Instance } from "./instance.tsx";
import { follow, isLive, LiveLine } from "./live.tsx";
import { List } from "./list.tsx";
import { Overview, verdictCounts } from "./overview.tsx";
import { VerdictBar } from "./parts.tsx";
import { compact, count, ms, visible } from "./text.ts";

function Page({ index }: { index: Index }) {
  const [hash, setHash] = useState(location.hash || "#/");
  useEffect(() => {
    const changed = () => setHash(location.hash || "#/");
    addEventListener("hashchange", changed);
    addEventListener("keydown", onKey);
    return () => {
      removeEventListener("hashchange", changed);
      removeEventListener("keydown", onKey);
    };
  }, []);
  const [path = ""] = hash.slice(2).split("?");
  const [view = "", id = ""] = path.split("/");
  const { manifest, summary } = index;
  const tabs: [name: string, href: string, isHere: boolean][] = [
    ["Overview", "#/", view === ""],
    [
      `Failures ${count(index.causes.reduce((n, c) => n + c.count, 0))}`,
      "#/failures",
      view === "failures",
    ],
    ...(index.comparison
      ? [["Changes", "#/changes", view === "changes"] as [
        string,
        string,
        boolean,
      ]]
      : []),
    ["Instances", "#/list", view === "list" || view === "i"],
  ];
  return (
    <>
      <a class="skip" href="#main">Skip to the content</a>
      <header>
        <div class="title">
          <h1>{visible(manifest.run_id)}</h1>
          <span class={`state ${index.state}`}>{index.state}</span>
          <span class="dim">
            {visible(manifest.sut_name)}, {manifest.timestamp.replace("T", " ")
              .slice(0, 19)}{" "}
            UTC{summary && `, ${ms(summary.duration_ms)}`}, seed{" "}
            {compact(manifest.seed)}
          </span>
        </div>
        <VerdictBar counts={verdictCounts(index)} />
        <nav aria-label="views">
          {tabs.map(([name, href, isHere]) => (
            <a
              key={href}
              href={href}
              aria-current={isHere ? "page" : undefined}
            >
              {name}
            </a>
          ))}
          <ThemeButton />
        </nav>
      </header>
      <main id="main">
        {index.damage.length > 0 && (
          <details class="banner bad">
            <summary>
              {count(index.damage.length)}{" "}
              damaged places of this run were left out
            </summary>
            <ul>
              {index.damage.slice(0, 100).map((text) => (
                <li key={text}>{visible(text)}</li>
              ))}
            </ul>
          </details>
        )}
        {isLive() && <LiveLine index={index} />}
        {index.state !== "completed" &&
          !(isLive() && index.state === "running") && (
          <p class="banner bad">
            {index.state === "running"
              ? "The run was still going on when this was written."
              : `The run ${
                index.state === "crashed" ? "crashed" : "was interrupted"
              }: it is not complete.`}
          </p>
        )}
        {index.omitted > 0 && (
          <p class="banner">
            The records of {count(index.omitted)}{" "}
            instances are not in this file, for its size: --all writes them.
          </p>
        )}
        {view === "failures"
          ? <Failures index={index} />
          : view === "changes" && index.comparison
          ? <Changes index={index} />
          : view === "list"
          ? <List index={index} />
          : view === "i"
          ? <Instance key={id} index={index} id={idOf(id)} />
          : <Overview index={index} />}
      </main>
      <footer class="dim">
        written {index.writtenAt.replace("T", " ").slice(0, 19)}{" "}
        UTC · keys: f failures,{" "}
        {index.comparison && "c changes, "}l list, o overview, n next failure, /
        filter
      </footer>
    </>
  );
}

function ThemeButton() {
  const [theme, setTheme] = useState("");
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  const next = theme === "" ? "dark" : theme === "dark" ? "light" : "";
  return (
    <button type="button" class="theme" onClick={() => setTheme(next)}>
      {theme === "" ? "system" : theme}
    </button>
  );
}

function onKey(event: KeyboardEvent): void {
  const { target, key, ctrlKey, metaKey, altKey } = event;
  const isTyping = target instanceof HTMLInputElement ||
    target instanceof HTMLSelectElement;
  if (ctrlKey || metaKey || altKey) return;
  if (isTyping) {
    if (key === "Escape") (target as HTMLElement).blur();
    return;
  }
  const places: Record<string, string> = {
    o: "#/",
    f: "#/failures",
    l: "#/list",
    c: "#/changes",
    Escape: "#/list",
  };
  if (Object.hasOwn(places, key)) location.hash = places[key]!;
  if (key === "n") document.getElementById("next")?.click();
  if (key === "p") document.getElementById("before")?.click();
  if (key === "/") {
    event.preventDefault();
    focusFilter();
  }
}

/** The page follows its address a little later, and keys may be faster. */
function focusFilter(): void {
  const isList = location.hash.startsWith("#/list");
  const filter = isList ? document.getElementById("filter") : null;
  if (filter) return filter.focus();
  addEventListener("hashchange", () => setTimeout(focusFilter), { once: true });
  if (!isList) location.hash = "#/list";
}

/** The id in an address, which may have been typed by hand. */
function idOf(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const page = document.getElementById("page")!;

function show(index: Promise<Index>): Promise<void> {
  return index.then(
    (index) => render(<Page index={index} />, page),
    (error) => {
      page.textContent = `This report cannot be read: ${error}`;
    },
  );
}

if (page.dataset.live === undefined) show(readIndex());
else follow(show);
