/** The people of the demo's company and its customers. */
import { type Random, randomChoice } from "../../base/index.ts";

export type Person = { readonly user: string; readonly userType: string; readonly team: string };

const CUSTOMER_TYPES = ["free", "free", "free", "pro", "pro", "enterprise"] as const;
const CUSTOMERS = 24;

const STAFF: readonly [Person, ...Person[]] = [
  { user: "amara", userType: "staff", team: "sales" },
  { user: "bo", userType: "staff", team: "sales" },
  { user: "chidi", userType: "staff", team: "legal" },
  { user: "dana", userType: "staff", team: "legal" },
  { user: "emil", userType: "staff", team: "finance" },
];

const ENGINEERS: readonly [Person, ...Person[]] = [
  { user: "farah", userType: "staff", team: "platform" },
  { user: "goran", userType: "staff", team: "platform" },
  { user: "hanna", userType: "staff", team: "platform" },
];

/** A customer of the support chat; the same customer is always of the same type. */
export function drawCustomer(random: Random): Person {
  const number = Math.floor(random.next() * CUSTOMERS);
  const userType = CUSTOMER_TYPES[number % CUSTOMER_TYPES.length] ?? "free";
  return { user: `customer-${String(number + 1).padStart(2, "0")}`, userType, team: "support" };
}

export function drawStaff(random: Random): Person {
  return randomChoice(random, STAFF);
}

export function engineer(index: number): Person {
  return ENGINEERS[index % ENGINEERS.length] ?? ENGINEERS[0];
}
