/**
 * Makes completions for shells from the descriptions of the commands.
 *
 * @module
 */
import { COMMON_OPTIONS, type Option } from "./arguments.ts";
import type { Command } from "./command.ts";

/** The shells that completions are made for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

/** A shell that completions are made for. */
export type Shell = (typeof SHELLS)[number];

/** Words that can follow a command, beside files and runs. */
const WORDS: Readonly<Record<string, readonly string[]>> = {
  completions: SHELLS,
};

/** The ids of the runs, one in each line. */
const RUN_IDS = 'for run in runs/*/manifest.json; do [ -e "$run" ] && ' +
  'basename "${run%/manifest.json}"; done';

/** Returns the lines of a script that a shell loads. */
export function completionsFor(
  shell: Shell,
  commands: readonly Command[],
): string[] {
  switch (shell) {
    case "bash":
      return bash(commands);
    case "zsh":
      return zsh(commands);
    case "fish":
      return fish(commands);
  }
}

/** Names of the commands, and of the help on them. */
function namesOf(commands: readonly Command[]): string[] {
  return [...commands.map(({ name }) => name), "help"];
}

function optionsOf(command: Command): [string, Option][] {
  return Object.entries({ ...command.options, ...COMMON_OPTIONS });
}

/** Whether an argument of the command can be a run. */
function takesRun({ positionals }: Command): boolean {
  return positionals.some((word) => /^[<[](?:run|a|b)\b/.test(word));
}

function wordsAfter(command: Command): string[] {
  return [
    ...WORDS[command.name] ?? [],
    ...(takesRun(command) ? ["latest"] : []),
  ];
}

function bash(commands: readonly Command[]): string[] {
  const flags = commands.map((command) => {
    const names = optionsOf(command).map(([name]) => `--${name}`).join(" ");
    return `    ${command.name}) options="${names}"; ` +
      `words="${wordsAfter(command).join(" ")}"; ` +
      `runs=${takesRun(command) ? 1 : ""};;`;
  });
  const names = namesOf(commands).join(" ");
  // Not compgen -W: it would expand what stands in the id of a run.
  return [
    "# wta completions bash: load it with  source <(wta completions bash)",
    "_wta() {",
    '  local options= words= runs= name word="${COMP_WORDS[COMP_CWORD]}"',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    words="${names}"`,
    "  else",
    '    case "${COMP_WORDS[1]}" in',
    ...flags.map((line) => `  ${line}`),
    `      help) words="${names}";;`,
    "    esac",
    "  fi",
    '  if [[ "$word" == -* ]]; then words="$options"; runs=; fi',
    "  COMPREPLY=()",
    "  while IFS= read -r name; do",
    '    if [[ -n "$name" && "$name" == "$word"* ]]; then',
    '      COMPREPLY+=("$name")',
    "    fi",
    `  done < <(tr ' ' '\\n' <<< "$words"; if [ -n "$runs" ]; then ${RUN_IDS}; fi)`,
    "}",
    "complete -o default -o filenames -F _wta wta",
  ];
}

function zsh(commands: readonly Command[]): string[] {
  const described = commands.map(({ name, about }) =>
    `    ${quote(`${name}:${about}`)}`
  );
  const flags = commands.flatMap((command) => [
    `    ${command.name})`,
    "      _arguments \\",
    ...optionsOf(command).map(([name, option]) =>
      `        ${quote(zshOption(name, option))} \\`
    ),
    `        ${
      quote(`*:argument:_wta_argument ${wordsAfter(command).join(" ")}`)
    }`,
    "      ;;",
  ]);
  return [
    "#compdef wta",
    "# wta completions zsh: load it with  source <(wta completions zsh)",
    "_wta_argument() {",
    "  local -a words",
    `  words=($@ \${(f)"$(${RUN_IDS})"})`,
    "  compadd -a words; _files",
    "}",
    "_wta() {",
    "  local -a commands",
    "  commands=(",
    ...described,
    "    'help:Help on a command'",
    "  )",
    "  if (( CURRENT == 2 )); then _describe command commands; return; fi",
    "  local command=$words[2]",
    "  shift words; (( CURRENT-- ))",
    '  case "$command" in',
    ...flags,
    "    help) _describe command commands;;",
    "  esac",
    "}",
    "compdef _wta wta",
  ];
}

/** `--limit=[at most this many]:n:` */
function zshOption(name: string, { value, about }: Option): string {
  const text = about.replaceAll(/[\\[\]:]/g, "\\$&");
  const argument = value === undefined
    ? ""
    : `:${value}:${
      value === "file" || value === "dir" || value === "path" ? "_files" : ""
    }`;
  return `*--${name}[${text}]${argument}`;
}

function fish(commands: readonly Command[]): string[] {
  const first = "__fish_use_subcommand";
  return [
    "# wta completions fish: load it with  wta completions fish | source",
    "complete -c wta -f",
    "function __wta_runs",
    "  for run in runs/*/manifest.json; basename (dirname $run); end",
    "end",
    ...commands.flatMap((command) => {
      const { name, about } = command;
      const seen = quote(`__fish_seen_subcommand_from ${name}`);
      return [
        `complete -c wta -n ${first} -a ${name} -d ${quote(about)}`,
        ...optionsOf(command).map(([option, { value, about }]) =>
          `complete -c wta -n ${seen} -l ${option}${
            value === undefined ? "" : " -r"
          } -d ${quote(about)}`
        ),
        `complete -c wta -n ${seen} -F -a ${
          quote([
            ...wordsAfter(command),
            ...(takesRun(command) ? ["(__wta_runs)"] : []),
          ].join(" "))
        }`,
      ];
    }),
    `complete -c wta -n ${first} -a help -d 'Help on a command'`,
    `complete -c wta -n '__fish_seen_subcommand_from help' -a ${
      quote(namesOf(commands).join(" "))
    }`,
  ];
}

/** In single quotes, as all three shells read them. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
