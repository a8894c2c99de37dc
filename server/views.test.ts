import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ledger } from "./ledger/db";
import { configure } from "./testing/configuration";
import { people } from "./testing/facts";
import { startTestLedger, type TestLedger } from "./testing/postgres";
import { deleteView, getDefaultView, getView, listViews, saveView } from "./views";

let server: TestLedger;
const { viewer, operator } = people;
const view = { name: "Nightly", query: "state=failed&last=24h", isShared: false, isDefault: false };

beforeAll(async () => {
  configure();
  server = await startTestLedger();
});
beforeEach(async () => {
  await ledger().execute("truncate saved_view");
});
afterAll(() => server.remove());

test("a view is kept under its name, its filter in order and without places of one look", async () => {
  const saved = await saveView(viewer, "view-0001", { ...view, query: "state=failed&cursor=abc&view=x&last=24h" });
  expect(saved).toMatchObject({ name: "Nightly", query: "last=24h&state=failed", isOwn: true, owner: "Vera Novak" });
  expect(await saveView(viewer, "view-0001", { ...view, name: "Nights" })).toMatchObject({ name: "Nights" });
  expect((await listViews(viewer)).items.map(({ name }) => name)).toEqual(["Nights"]);
});

test("another person sees a view only while it is shared, and can neither change nor delete it", async () => {
  await saveView(viewer, "view-0001", view);
  await expect(getView(operator, "view-0001")).rejects.toMatchObject({ code: "not_found" });
  expect((await listViews(operator)).items).toEqual([]);
  await saveView(viewer, "view-0001", { ...view, isShared: true, isDefault: true });
  expect(await getView(operator, "view-0001")).toMatchObject({ isOwn: false, isDefault: false, owner: "Vera Novak" });
  expect((await listViews(operator)).items).toHaveLength(1);
  await expect(saveView(operator, "view-0001", view)).rejects.toMatchObject({ code: "forbidden" });
  await expect(deleteView(operator, "view-0001")).rejects.toMatchObject({ code: "forbidden" });
  expect((await deleteView(viewer, "view-0001")).items).toEqual([]);
  await expect(getView(viewer, "view-0001")).rejects.toMatchObject({ code: "not_found" });
});

test("names are a person's own, in any case; one view is the default", async () => {
  await saveView(viewer, "view-0001", { ...view, isDefault: true });
  await expect(saveView(viewer, "view-0002", { ...view, name: "NIGHTLY" })).rejects.toMatchObject({ code: "conflict" });
  await saveView(operator, "view-0003", view);
  await saveView(viewer, "view-0002", { ...view, name: "Mine", isDefault: true });
  expect((await getDefaultView(viewer))?.id).toBe("view-0002");
  expect(await getDefaultView(operator)).toBeNull();
  const both = await Promise.allSettled(["view-0004", "view-0005"].map((id) => saveView(viewer, id, { ...view, name: "Twice" })));
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
});

test.each([
  ["state=nonsense", "query.state"],
  ["colour=red", "query"],
])("the query %s is refused with its field", async (query, name) => {
  await expect(saveView(viewer, "view-0001", { ...view, query })).rejects.toMatchObject({ code: "invalid", fields: [{ name }] });
});
