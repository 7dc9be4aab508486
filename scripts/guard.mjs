const oncePerBurst = new Set(['SIGINT', 'SIGTERM', 'SIGHUP'])
const burst = 300

/**
 * One Ctrl-C arrives up to three times: from the terminal, from npm and from the launcher. Listeners see it
 * once; the same signal counts again `burst` ms later. Node's notice about type stripping is held back.
 */
export function guardProcess() {
  const seen = new Map()
  const emit = process.emit
  process.emit = function (event, ...args) {
    if (event === 'warning' && /type stripping/i.test(args[0]?.message)) return false
    if (oncePerBurst.has(event)) {
      const now = performance.now()
      const again = now - (seen.get(event) ?? Number.NEGATIVE_INFINITY) < burst
      seen.set(event, now)
      if (again) return true
    }
    return emit.call(this, event, ...args)
  }
}
