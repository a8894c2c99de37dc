import type { Page } from "playwright";

const place = "http://plain.test";

async function open(page: Page, html: string, answers: Record<string, string>): Promise<void> {
  await page.route(`${place}/**`, (route) => {
    const answer = answers[new URL(route.request().url()).pathname];
    return answer === undefined
      ? route.fulfill({ contentType: "text/html", body: html })
      : route.fulfill({ contentType: "application/json", body: answer });
  });
  await page.goto(`${place}/`);
}

/** A plain table with a cell each: from asking for its data to painted, in ms. */
export async function plainGrid(page: Page, data: string): Promise<number> {
  const style =
    "td{width:24px;height:22px;background:#dcf0f4;border-bottom:2px solid #1394ad}.failed{background:#c01f4d}#box{height:640px;overflow:auto}";
  await open(page, `<style>${style}</style><div id="box"></div>`, { "/data": data });
  return page.evaluate(async () => {
    type Row = { task: string; cells: ({ state: string; tryNumber: number } | null)[] };
    const began = performance.now();
    const { rows } = (await (await fetch("/data")).json()) as { rows: Row[] };
    const table = document.createElement("table");
    for (const { task, cells } of rows) {
      const row = table.insertRow();
      row.insertCell().textContent = task;
      for (const cell of cells) {
        const square = row.insertCell();
        square.className = cell?.state ?? "none";
        square.title = cell ? `${cell.state}, try ${cell.tryNumber}` : "";
      }
    }
    document.querySelector("#box")?.append(table);
    await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
    return performance.now() - began;
  });
}

/** A list that is drawn whole with each answer: from asking for it to painted, in ms. */
export async function plainList(page: Page, url: string): Promise<number> {
  return page.evaluate(async (address) => {
    const began = performance.now();
    const { items } = (await (await fetch(address)).json()) as { items: Record<string, unknown>[] };
    const table = document.createElement("table");
    for (const item of items) {
      const row = table.insertRow();
      for (const name of ["state", "pipeline", "startedAt", "durationMs", "costUsd", "triggeredBy"]) {
        row.insertCell().textContent = String(item[name] ?? "");
      }
    }
    document.body.replaceChildren(table);
    await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
    return performance.now() - began;
  }, url);
}
