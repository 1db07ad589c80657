import { describe, expect, it } from "vitest";
import { instant } from "../base/index.ts";
import { readDimension, readFilter, readWindow } from "./spend-question.ts";

describe("readFilter", () => {
  it.each([
    ["endpoint=chat", { dimension: "endpoint", comparison: "is", value: "chat" }],
    ["team!=search", { dimension: "team", comparison: "is-not", value: "search" }],
    ["user=", { dimension: "user", comparison: "is", value: null }],
    ["user!=", { dimension: "user", comparison: "is-not", value: null }],
    ["tag:plan=a=b", { dimension: "tag:plan", comparison: "is", value: "a=b" }],
    ["user=o'neil; drop", { dimension: "user", comparison: "is", value: "o'neil; drop" }],
    ["endpoint=two\nlines", { dimension: "endpoint", comparison: "is", value: "two\nlines" }],
  ])("readFilter reads %j", (text, expected) => {
    expect(readFilter(text)).toEqual(expected);
  });

  it.each(["endpoint", "=chat", "", "endpoint>5"])("readFilter refuses %j", (text) => {
    expect(() => readFilter(text)).toThrow("OPERATION_FILTER_INVALID");
  });

  it("readFilter refuses a dimension that does not exist", () => {
    expect(() => readFilter("colour=red")).toThrow(
      expect.objectContaining({ code: "OPERATION_DIMENSION_UNKNOWN", where: "where" }),
    );
  });
});

describe("readDimension", () => {
  it("readDimension reads plain ones and tags, and hints at what was meant", () => {
    expect(readDimension("hour-of-day")).toBe("hour-of-day");
    expect(readDimension("tag:cost centre")).toBe("tag:cost centre");
    expect(() => readDimension("usertype")).toThrow("Did you mean user-type?");
    expect(() => readDimension("tag:")).toThrow("OPERATION_DIMENSION_UNKNOWN");
  });
});

describe("readWindow", () => {
  it("readWindow refuses a window that ends before it begins", () => {
    const now = instant(Date.parse("2026-11-22T10:30:00Z"));
    expect(readWindow({}, now)).toEqual({ since: null, until: null });
    expect(() => readWindow({ since: "1d", until: "7d" }, now)).toThrow("ends before it begins");
    expect(() => readWindow({ since: "1d", until: "1d" }, now)).toThrow("OPERATION_TIME_INVALID");
  });
});
