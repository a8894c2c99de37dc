import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const repository = fileURLToPath(new URL("../..", import.meta.url));

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
}

/** What `npm run infra:synth` leaves, for assertions. */
export interface Synthesised {
  readonly folder: string;
  readonly resources: Record<string, Resource>;
  /** Text of the whole template. */
  readonly text: string;
}

/**
 * Runs infra/aws/bin/app.ts as the command does, with no AWS account, no credentials and no way to the network.
 *
 * @throws the child's error, with its `stderr`, when it ends with another code than 0
 */
export function synthesise(context: Record<string, string> = {}): Synthesised {
  const folder = mkdtempSync(join(tmpdir(), "penstock-synth-"));
  execFileSync(process.execPath, ["--import", "tsx", join(repository, "infra/aws/bin/app.ts")], {
    cwd: repository,
    encoding: "utf8",
    stdio: "pipe",
    env: {
      NODE_ENV: "test",
      PATH: process.env.PATH,
      HOME: folder,
      CDK_OUTDIR: folder,
      CDK_CONTEXT_JSON: JSON.stringify(context),
      HTTPS_PROXY: "http://127.0.0.1:9",
      HTTP_PROXY: "http://127.0.0.1:9",
    },
  });
  const text = readFileSync(join(folder, "Penstock.template.json"), "utf8");
  return { folder, text, resources: JSON.parse(text).Resources };
}

/** A property's value as text, with pseudo parameters of account 123456789012 in eu-west-1 and logical ids in angle brackets. */
export function plain(value: unknown): string {
  if (typeof value !== "object" || value === null) {
    return String(value);
  }
  const [[name, argument] = []] = Object.entries(value);
  switch (name) {
    case "Ref":
      return pseudo[String(argument)] ?? `<${argument}>`;
    case "Fn::GetAtt":
      return `<${(argument as string[]).join(".")}>`;
    case "Fn::Join": {
      const [separator, parts] = argument as [string, unknown[]];
      return parts.map(plain).join(separator);
    }
    case "Fn::Sub":
      return String(argument).replace(/\$\{([^}]+)\}/g, (_, key: string) => pseudo[key] ?? `<${key}>`);
    default:
      throw new Error(`Unknown intrinsic in ${JSON.stringify(value)}`);
  }
}

/** The value under a path of keys, or undefined where the path ends early. */
export function field(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value);
}

const pseudo: Record<string, string> = {
  "AWS::AccountId": "123456789012",
  "AWS::Region": "eu-west-1",
  "AWS::Partition": "aws",
  "AWS::URLSuffix": "amazonaws.com",
};
