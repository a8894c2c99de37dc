import { expect, test } from "vitest";
import { csvLine } from "./csv";

test("a line is as RFC 4180 says, and no text of it is a formula", () => {
  expect(csvLine(["a", 'say "x"', "one,two", "two\nlines", null, -1])).toBe('a,"say ""x""","one,two","two\nlines",,-1\r\n');
  expect(csvLine(["=1+1", "+1", "-1", "@x", "\tx", " =x", '=HYPERLINK("x")'])).toBe(
    "'=1+1,'+1,'-1,'@x,'\tx,' =x,\"'=HYPERLINK(\"\"x\"\")\"\r\n",
  );
});
