import { say } from "../infra/local/steps";

export interface Trial {
  name: string;
  /** It needs no platform. */
  hasItsOwnServer?: boolean;
  run(report: Report, options: string[]): Promise<void>;
}

/** What a trial found: figures to read, and checks that pass or fail. */
export class Report {
  passed = 0;
  readonly failed: string[] = [];

  constructor(readonly name: string) {}

  figure(what: string, value: string): void {
    say(`  ${what}: ${value}`);
  }

  check(what: string, isRight: boolean): void {
    if (isRight) this.passed += 1;
    else {
      this.failed.push(what);
      say(`  ✗ ${what}`);
    }
  }
}
