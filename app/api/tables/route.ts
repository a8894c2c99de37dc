import { TableFilter } from "@/lib/schemas/table";
import { route } from "@/server/route";
import { listTables } from "@/server/tables";

export const GET = route(({ user, query }) => listTables(user, query(TableFilter)));
