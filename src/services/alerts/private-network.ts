/** Which addresses are of this machine, of a private network, or of nobody: no place for a webhook. */
import { BlockList, isIPv4, isIPv6 } from "node:net";

const RESERVED_4: readonly (readonly [string, number])[] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  /** Link-local, with the metadata address of the clouds. */
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];

const RESERVED_6: readonly (readonly [string, number])[] = [
  ["::", 128],
  ["::1", 128],
  /** Wrap an IPv4 address, so that one of the list above could hide in them. */
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["2002::", 16],
  ["2001::", 32],
  ["::", 96],
  ["100::", 64],
  ["2001:db8::", 32],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
];

const blocked = new BlockList();
for (const [address, prefix] of RESERVED_4) blocked.addSubnet(address, prefix, "ipv4");
for (const [address, prefix] of RESERVED_6) blocked.addSubnet(address, prefix, "ipv6");

/** Also for what is no address at all. An IPv4 address inside an IPv6 one is judged as itself. */
export function isPrivateAddress(address: string): boolean {
  if (isIPv4(address)) return blocked.check(address, "ipv4");
  if (!isIPv6(address)) return true;
  return blocked.check(address, "ipv6");
}
