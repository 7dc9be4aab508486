import { readdirSync } from 'node:fs'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import type { MetricSink } from './prometheus-text.ts'

/** Milliseconds between two looks at the event loop, which are part of what is measured. */
const resolution = 20

/** Of this process, under the names that dashboards for Node.js know. */
export class ProcessMetrics {
  readonly #lag = monitorEventLoopDelay({ resolution })

  #busy = performance.eventLoopUtilization()

  constructor() {
    this.#lag.enable()
  }

  /** Lag and utilization of the event loop are those since the last time. */
  render(text: MetricSink): void {
    const lag = this.#lag
    const seconds = (nanoseconds: number) =>
      lag.count === 0 ? 0 : Math.max(0, nanoseconds / 1e9 - resolution / 1000)
    text.metric('nodejs_eventloop_lag_mean_seconds', [[{}, seconds(lag.mean)]])
    text.metric('nodejs_eventloop_lag_p99_seconds', [[{}, seconds(lag.percentile(99))]])
    text.metric('nodejs_eventloop_lag_max_seconds', [[{}, seconds(lag.max)]])
    lag.reset()
    const busy = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(busy, this.#busy)
    this.#busy = busy
    text.metric('nodejs_eventloop_utilization', [[{}, utilization]])
    const { rss, heapUsed, heapTotal, external } = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    const began = Date.now() / 1000 - process.uptime()
    text.metric('process_resident_memory_bytes', [[{}, rss]])
    text.metric('nodejs_heap_size_used_bytes', [[{}, heapUsed]])
    text.metric('nodejs_heap_size_total_bytes', [[{}, heapTotal]])
    text.metric('nodejs_external_memory_bytes', [[{}, external]])
    text.metric('process_open_fds', [[{}, openFiles()]])
    text.metric('process_cpu_seconds_total', [[{}, (user + system) / 1e6]])
    text.metric('process_start_time_seconds', [[{}, began]])
  }

  close(): void {
    this.#lag.disable()
  }
}

function openFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length
  } catch {
    return undefined
  }
}
