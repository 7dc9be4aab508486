import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { PrometheusText } from './prometheus-text.ts'

/** Milliseconds between two looks at the event loop, which are part of what is measured. */
const resolution = 20

/** Of this process, under the names that dashboards for Node.js know. */
export class ProcessMetrics {
  readonly #lag = monitorEventLoopDelay({ resolution })

  constructor() {
    this.#lag.enable()
  }

  /** The lag of the event loop is that since the last time. */
  render(text: PrometheusText): void {
    const lag = this.#lag
    const seconds = (nanoseconds: number) =>
      lag.count === 0 ? 0 : Math.max(0, nanoseconds / 1e9 - resolution / 1000)
    const help = 'How late timers were since the last scrape.'
    text.metric('nodejs_eventloop_lag_mean_seconds', help, [[{}, seconds(lag.mean)]])
    text.metric('nodejs_eventloop_lag_p99_seconds', help, [[{}, seconds(lag.percentile(99))]])
    text.metric('nodejs_eventloop_lag_max_seconds', help, [[{}, seconds(lag.max)]])
    lag.reset()
    const { rss, heapUsed } = process.memoryUsage()
    const { user, system } = process.cpuUsage()
    const began = Date.now() / 1000 - process.uptime()
    text.metric('process_resident_memory_bytes', 'Resident memory.', [[{}, rss]])
    text.metric('nodejs_heap_size_used_bytes', 'Heap in use.', [[{}, heapUsed]])
    text.metric('process_cpu_seconds_total', 'Processor time, user and system.', [
      [{}, (user + system) / 1e6],
    ])
    text.metric('process_start_time_seconds', 'When the process began, since 1970.', [[{}, began]])
  }

  close(): void {
    this.#lag.disable()
  }
}
