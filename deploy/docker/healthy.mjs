// For HEALTHCHECK: ends with 0 when the address answers 200, else with 1. Default: whether this container's instance accepts messages.
const [url = `http://127.0.0.1:${process.env.PORT || '8080'}/readyz`] = process.argv.slice(2)
const answer = await fetch(url, { signal: AbortSignal.timeout(4_000) }).catch(() => undefined)
process.exit(answer?.ok ? 0 : 1)
