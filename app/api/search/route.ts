import { SearchQuery } from "@/lib/schemas/search";
import { route } from "@/server/route";
import { searchAll } from "@/server/search";

export const GET = route(({ user, query }) => searchAll(user, query(SearchQuery)));
