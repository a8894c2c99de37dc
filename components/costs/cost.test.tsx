import { renderToStaticMarkup } from "react-dom/server";
import { expect, test } from "vitest";
import { AttemptCost } from "./cost";

const said = (kind: "airflow" | "ecs" | "glue", isOver: boolean) =>
  renderToStaticMarkup(<AttemptCost cost={null} kind={kind} isOver={isOver} />)
    .replace(/<[^>]+>/g, "")
    .trim();

test("only what runs inside Airflow costs nothing: a container that was never seen has an unknown price", () => {
  expect(said("airflow", true)).toBe("runs inside Airflow, no metered cost");
  expect(said("ecs", true)).toBe("price unknown");
  expect(said("glue", true)).toBe("price unknown");
  expect(said("ecs", false)).toBe("not metered yet");
});
