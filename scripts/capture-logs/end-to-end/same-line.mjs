// Replaces in a log line what differs from run to run. AWS's emulator gives the clients no trace, our emulator does.

/** @param places pairs of a path on this machine and the path that it has in Lambda */
export function sameLine(line, requestId, places) {
  return places
    .reduce((text, [from, to]) => text.replaceAll(from, to), line)
    .replaceAll(requestId || '\0', '{ID}')
    .replace(/\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?/g, '{TIME}')
    .replace(/\[1\d{12}\]/g, '[{EPOCH}]')
    .replace(/[ ,][^ ,]*xrayTraceId[^R]*Root=[^"]*"/g, '')
    .replace(/127\.0\.0\.1:\d+/g, '{API}')
    .replace(/thread '(\w+)' \(\d+\)/g, "thread '$1' ({THREAD})")
    .replace(/goroutine \d+/g, 'goroutine {N}')
    .replace(/\bm=\d+/g, 'm={N}')
    .replace(/\b0x[0-9a-f]+\??/g, '{ADDRESS}')
    .replace(/\n$/, '');
}
