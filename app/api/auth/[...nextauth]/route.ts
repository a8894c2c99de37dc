import { handleAuth } from "@/server/auth-door";

export { handleAuth as GET, handleAuth as POST };
