import path from "node:path";
import { type Command, countJunit, countPlaywright, countVitest, type Suite } from "./suite";

/** The Python projects: where each lives, its development lock, and what its type checker and its tests need to know. */
const pythonProjects = [
  { name: "extractor", cwd: "extractor", lock: "extractor/extractor-dev.lock", check: ["src", "tests"] },
  { name: "glue", cwd: "extractor/glue", lock: "extractor/glue/glue-dev.lock", check: ["."] },
  { name: "dags", cwd: "dags", lock: "dags/airflow-dev.lock", check: ["."] },
  { name: "shop", cwd: "infra/local/shop", lock: "infra/local/shop/shop-dev.lock", check: ["."] },
  { name: "aws", cwd: "infra/local/aws", lock: "infra/local/aws/platform-dev.lock", check: ["."] },
] as const;

export type PythonProject = (typeof pythonProjects)[number];
export { pythonProjects };

const node = (script: string, ...args: string[]): Command => ({
  program: process.execPath,
  args: [path.join("node_modules", script), ...args],
});

/** What needs no platform: types, lint, units, infrastructure. `python` is the folder of the Python for the oracle of the sample company. */
export function staticSuites(reports: string, python: string): Suite[] {
  const vitest = path.join(reports, "vitest.json");
  return [
    { name: "types", commands: [node("next/dist/bin/next", "typegen"), node("typescript/bin/tsc", "--noEmit")] },
    { name: "lint", commands: [node("@biomejs/biome/bin/biome", "check", "--error-on-warnings", ".")] },
    {
      name: "vitest",
      commands: [
        {
          ...node("vitest/vitest.mjs", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${vitest}`),
          env: { PATH: [path.resolve(python), process.env.PATH].join(path.delimiter) },
        },
      ],
      report: vitest,
      count: () => countVitest(vitest),
    },
  ];
}

export function pythonSuites(reports: string, bin: (project: PythonProject["name"]) => string): Suite[] {
  const tool = (project: PythonProject["name"], cwd: string, program: string, ...args: string[]): Command => ({
    program: path.join(bin(project), program),
    args,
    cwd,
  });
  const suites = pythonProjects.flatMap(({ name, cwd, check }): Suite[] => {
    const junit = path.resolve(reports, `${name}.xml`);
    return [
      {
        name: `python lint ${name}`,
        commands: [
          tool(name, cwd, "ruff", "check", "."),
          tool(name, cwd, "ruff", "format", "--check", "."),
          tool(name, cwd, "mypy", ...check),
        ],
      },
      {
        name: `pytest ${name}`,
        commands: [tool(name, cwd, "pytest", `--junitxml=${junit}`)],
        report: junit,
        count: () => countJunit(junit),
      },
    ];
  });
  // Each benchmark is typed against the libraries of what it measures.
  const bench: Suite = {
    name: "python lint bench",
    commands: [
      tool("extractor", "bench", "ruff", "check", "."),
      tool("extractor", "bench", "ruff", "format", "--check", "."),
      tool("extractor", "bench", "mypy", "extraction.py"),
      tool("glue", "bench", "mypy", "load.py"),
    ],
  };
  const recorder = path.join("infra", "local", "recorder", "dags");
  const recorded: Suite = {
    name: "python lint recorder",
    commands: [
      tool("dags", recorder, "ruff", "check", "."),
      tool("dags", recorder, "ruff", "format", "--check", "."),
      // With the path of the packages that Airflow puts on it.
      { ...tool("dags", "dags", "mypy", path.join("..", recorder)), env: { MYPYPATH: path.resolve(recorder) } },
    ],
  };
  // The standard library is all that it needs; it borrows its tools.
  const oracle = path.join("infra", "sample-oracle");
  const oracleReport = path.resolve(reports, "sample-oracle.xml");
  const told: Suite[] = [
    {
      name: "python lint sample-oracle",
      commands: [
        tool("shop", oracle, "ruff", "check", "."),
        tool("shop", oracle, "ruff", "format", "--check", "."),
        tool("shop", oracle, "mypy", "."),
      ],
    },
    {
      name: "pytest sample-oracle",
      commands: [tool("shop", oracle, "pytest", `--junitxml=${oracleReport}`)],
      report: oracleReport,
      count: () => countJunit(oracleReport),
    },
  ];
  return [...suites, bench, recorded, ...told];
}

/** On a running platform, in this order. */
export function platformSuites(state: string): Suite[] {
  return ["pipeline", "people", "accounts", "sample", "edges", "breakage"].map((project) => {
    const report = path.join(state, "reports", `e2e-${project}.json`);
    return {
      name: `e2e ${project}`,
      commands: [
        {
          ...node("@playwright/test/cli.js", "test", "--project", project),
          env: { PENSTOCK_STATE: state, PLAYWRIGHT_JSON_OUTPUT_FILE: report },
        },
      ],
      report,
      count: () => countPlaywright(report),
    };
  });
}
