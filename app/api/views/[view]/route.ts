import { SavedViewRequest } from "@/lib/schemas/saved-view";
import { route } from "@/server/route";
import { deleteView, saveView } from "@/server/views";

export const PUT = route(async ({ user, params, body }) => saveView(user, params.view ?? "", await body(SavedViewRequest)));
export const DELETE = route(({ user, params }) => deleteView(user, params.view ?? ""));
