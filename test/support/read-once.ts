import { type ConfigFiles, readConfigText } from '../../src/user-config/index.ts';

const known = new Map<string, ConfigFiles>();
const maxKnown = 20;

/** As `readConfigText`; a text that many cases share, as the base of each of them, is read once. */
export const readOnce = (text: string, name: string): ConfigFiles => {
  const key = `${name}\n${text}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  if (known.size >= maxKnown) known.clear();
  const configFiles = readConfigText(text, name);
  known.set(key, configFiles);
  return configFiles;
};
