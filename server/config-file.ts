import "server-only";
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from "yaml";
import type { z } from "zod";
import { ConfigFile } from "./config-schema";
import { AppError } from "./errors";

/** What is wrong at one place of the file, before it is put into a line of text. */
export interface ConfigProblem {
  path: PropertyKey[];
  expected: string;
}

const printPath = (path: PropertyKey[]) =>
  path.reduce<string>((text, key) => (typeof key === "number" ? `${text}[${key}]` : text ? `${text}.${String(key)}` : String(key)), "") ||
  "(the file)";

function lineOf(document: Document, lines: LineCounter, path: PropertyKey[]): number {
  for (let length = path.length; length >= 0; length--) {
    const parent = document.getIn(path.slice(0, length - 1), true);
    const key = path[length - 1];
    const pair = length > 0 && isMap(parent) ? parent.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined;
    const node = pair && isNode(pair.key) ? pair.key : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

const secretKeys = ["url", "warehouse", "clientSecret", "to"];

function printFound(document: Document, path: PropertyKey[]): string {
  const node = document.getIn(path, true);
  if (node === undefined) return "nothing is there";
  if (secretKeys.includes(String(path.at(-1)))) return "found something else (not shown: it may be a secret)";
  const value = isNode(node) ? node.toJS(document) : node;
  return `found ${value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80)}`;
}

function toProblems(issues: z.core.$ZodIssue[]): ConfigProblem[] {
  return issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      return issue.keys.map((key) => ({ path: [...issue.path, key], expected: "no such key: remove it or correct its spelling" }));
    }
    return [{ path: issue.path, expected: issue.message }];
  });
}

/** Replaces `env:NAME` scalars by the variable's value; a variable that is not set is a problem at its place. */
function resolveReferences(document: Document, variables: Record<string, string | undefined>): Map<unknown, string> {
  const unset = new Map<unknown, string>();
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== "string" || !node.value.startsWith("env:")) return;
      const name = node.value.slice(4);
      const value = variables[name];
      if (value) node.value = value;
      else unset.set(node, name);
    },
  });
  return unset;
}

/**
 * Parses penstock.yaml. Every problem is reported at once, each as `file line N, key: expected …`.
 * Values that came from `env:NAME` are never printed.
 * @param rules checks across keys that one key's schema cannot make
 */
export function parseConfigFile(
  file: string,
  text: string,
  variables: Record<string, string | undefined>,
  rules: (config: ConfigFile) => ConfigProblem[],
): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const fail = (messages: string[]) =>
    new AppError("invalid", messages.join("\n"), { system: "configuration", remedy: `Correct ${file} and start again.` });

  if (document.errors.length > 0) {
    throw fail(document.errors.map((error) => `${file} line ${lines.linePos(error.pos[0]).line}: not YAML: ${error.message}`));
  }
  const printed = parseDocument(text);
  const say = (problem: ConfigProblem, found = printFound(printed, problem.path)) =>
    `${file} line ${lineOf(document, lines, problem.path)}, ${printPath(problem.path)}: expected ${problem.expected}; ${found}`;

  const unset = resolveReferences(document, variables);
  if (unset.size > 0) {
    throw fail(
      [...unset].map(([node, name]) => {
        const line = isNode(node) && node.range ? lines.linePos(node.range[0]).line : 1;
        return `${file} line ${line}, env:${name}: expected the environment variable ${name} to be set; it is not`;
      }),
    );
  }
  const parsed = ConfigFile.safeParse(document.toJS() ?? {});
  if (!parsed.success) throw fail(toProblems(parsed.error.issues).map((problem) => say(problem)));
  const problems = rules(parsed.data);
  if (problems.length > 0) throw fail(problems.map((problem) => say(problem)));
  return parsed.data;
}
