const separated = (list: string): readonly string[] => list.split(',').map((each) => each.trim());

/** Suites of TLS 1.3, which cannot be chosen and may be named. */
const ofTls13 = /^TLS_(?:AES_128_GCM_SHA256|AES_256_GCM_SHA384|CHACHA20_POLY1305_SHA256)$/;

/** Suites of TLS 1.2 that HTTP/2 allows. */
const ofHttp2 =
  /^TLS_ECDHE_(?:ECDSA|RSA)_WITH_(?:AES_128_GCM_SHA256|AES_256_GCM_SHA384|CHACHA20_POLY1305(?:_SHA256)?)$/;

/** Those that it does not, and that a server may have beside. */
const older =
  /^TLS_(?:ECDHE_(?:ECDSA|RSA)|RSA)_WITH_AES_128_CBC_SHA256$|^TLS_(?:ECDHE_(?:ECDSA|RSA)|RSA)_WITH_AES_(?:128|256)_CBC_SHA$|^TLS_RSA_WITH_AES_(?:128_GCM_SHA256|256_GCM_SHA384)$/;

const needed = /^TLS_ECDHE_(?:ECDSA|RSA)_WITH_AES_128_GCM_SHA256$/;

/** Whether each is a suite that some version of Kubernetes knows. */
export const areSuites = (list: string): boolean =>
  separated(list).every((suite) => ofTls13.test(suite) || ofHttp2.test(suite) || older.test(suite));

/**
 * Why a server may not start with cipher suites; null where it does.
 * @param minVersion the value of `--tls-min-version`, or of the field; null where there is none
 * @see component-base cli/flag/ciphersuites_flag.go: names of TLS 1.3 and with the suffix _SHA256 from v1.19 on;
 *   golang.org/x/net http2/server.go, ConfigureServer: the suite that HTTP/2 needs, unless TLS 1.3 is the least; once, too,
 *   that suites which it does not allow come last. The last two are so in the one of v1.22; older ones were not read
 */
export const suitesFault = (list: string, minVersion: string | null, minor: number): string | null => {
  const suites = separated(list);
  const unnamed = suites.find(
    (suite) => minor < 19 && (ofTls13.test(suite) || /CHACHA20_POLY1305_SHA256$/.test(suite)),
  );
  if (unnamed !== undefined) return `v1.${minor} may not know ${unnamed}`;
  if (minVersion === 'VersionTLS13' && minor >= 22) return null;
  if (!suites.some((suite) => needed.test(suite))) {
    return 'without TLS_ECDHE_…_WITH_AES_128_GCM_SHA256 a server of HTTP/2 does not start';
  }
  const firstOlder = suites.findIndex((suite) => older.test(suite));
  const isMixed = firstOlder >= 0 && suites.slice(firstOlder).some((suite) => !older.test(suite));
  return minor < 22 && isMixed ? 'a suite that HTTP/2 does not allow stands before one that it does' : null;
};
