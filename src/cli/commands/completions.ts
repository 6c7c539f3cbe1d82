/**
 * `wta completions`: completions for a shell.
 *
 * @module
 */
import type { Command } from "../command.ts";
import { completionsFor, type Shell, SHELLS } from "../completions.ts";
import { EXIT, UsageError } from "../exit_codes.ts";
import { didYouMean } from "../suggest.ts";

/**
 * `wta completions <shell>`
 *
 * @param commands Returns the commands to complete, this one among them.
 */
export function completionsCommand(
  commands: () => readonly Command[],
): Command {
  return {
    name: "completions",
    positionals: ["<shell>"],
    about: "Completions of commands and options for a shell",
    examples: SHELLS.map((shell) => `wta completions ${shell}`),
    details: `The shell is ${SHELLS.join(", ")}. To load them:
  bash  source <(wta completions bash), in ~/.bashrc
  zsh   source <(wta completions zsh), in ~/.zshrc after compinit
  fish  wta completions fish | source, in ~/.config/fish/config.fish`,
    options: {},

    run(args, { out }) {
      const name = args.positional(0);
      const shell = SHELLS.find((shell): shell is Shell => shell === name);
      if (shell === undefined) {
        throw new UsageError(
          `Cannot make completions for "${name}": the shells are ${
            SHELLS.join(", ")
          }`,
          didYouMean(name, SHELLS, "For example: wta completions bash"),
        );
      }
      for (const line of completionsFor(shell, commands())) out.line(line);
      return Promise.resolve(EXIT.good);
    },
  };
}
