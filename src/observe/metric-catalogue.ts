/** How a metric behaves: a counter only grows, a histogram counts durations in seconds, a gauge is what is so now. */
export type MetricKind = 'counter' | 'gauge' | 'histogram'

export interface MetricInfo {
  readonly kind: MetricKind
  readonly help: string
  readonly labels: readonly string[]
}

const counter = (help: string, ...labels: string[]): MetricInfo => ({ kind: 'counter', help, labels })
const gauge = (help: string, ...labels: string[]): MetricInfo => ({ kind: 'gauge', help, labels })
const histogram = (help: string, ...labels: string[]): MetricInfo => ({ kind: 'histogram', help, labels })

/** Every metric there is. What is exported, what alerts may watch and what docs/metrics.md tells are made of this table. */
export const metricCatalogue = {
  isthmus_info: gauge('What runs here.', 'landscape', 'version'),
  isthmus_admission_open: gauge('Whether messages are accepted.'),
  isthmus_messages_accepted_total: counter('Messages accepted since the process began.', 'flow'),
  isthmus_messages_ended_total: counter('Messages that came to an outcome.', 'flow', 'outcome'),
  isthmus_message_setbacks_total: counter(
    'Attempts that failed: retried, parked or in doubt.',
    'flow',
    'fate',
    'code',
  ),
  isthmus_rules_broken_total: counter(
    'Rules of a flow that data broke: `park` set a message aside, `warn` let it go on.',
    'flow',
    'rule',
    'severity',
  ),
  isthmus_messages_repeated_total: counter('Messages under a known identity.', 'source', 'status'),
  isthmus_message_duration_seconds: histogram('Time from acceptance to the durable outcome.', 'flow'),
  isthmus_flow_messages: gauge(
    'The terms of conservation: accepted is the sum of the other states, in which each message is once.',
    'flow',
    'state',
  ),
  isthmus_messages_backlog: gauge('Accepted messages that wait or run.', 'flow'),
  isthmus_messages_parked: gauge('Messages that wait for a decision.', 'flow'),
  isthmus_messages_in_doubt: gauge('Messages sent and not answered.', 'flow'),
  isthmus_messages_in_memory: gauge('Messages of the backlog in memory.', 'flow'),
  isthmus_messages_oldest_age_seconds: gauge('Age of the oldest of the backlog.', 'flow'),
  isthmus_flow_paused: gauge('Whether the flow waits as a whole.', 'flow'),
  isthmus_source_failed: gauge(
    'Whether the source has stopped working and is tried again.',
    'source',
    'system',
  ),
  isthmus_system_reachable: gauge('Whether the system is connected and called.', 'system'),
  isthmus_system_waiting: gauge('Messages and requests that wait until it may be called.', 'system'),
  isthmus_system_calls_total: counter('Calls, one for a whole batch.', 'system'),
  isthmus_system_items_total: counter('Messages sent in calls.', 'system'),
  isthmus_system_call_errors_total: counter('Calls in which an item failed.', 'system', 'code'),
  isthmus_system_call_duration_seconds: histogram('Time until a call was answered.', 'system'),
  isthmus_bridge_calls_total: counter('Calls of a flow or saga at a system.', 'flow', 'system'),
  isthmus_bridge_items_total: counter('Messages of a flow or saga sent to a system.', 'flow', 'system'),
  isthmus_bridge_call_errors_total: counter(
    'Calls of a flow or saga in which an item failed.',
    'flow',
    'system',
    'code',
  ),
  isthmus_bridge_call_duration_seconds: histogram(
    'Time until a call of a flow or saga was answered.',
    'flow',
    'system',
  ),
  isthmus_journal_messages_total: counter('Messages made durable.'),
  isthmus_journal_sync_duration_seconds: histogram('Time until accepted messages were durable.'),
  isthmus_settlement_duration_seconds: histogram('Time until outcomes were durable.'),
  isthmus_store_free_bytes: gauge('Disk that can still be written where the store keeps its data.'),
  isthmus_saga_transitions_total: counter('Sagas that came to be in a status.', 'saga', 'status'),
  isthmus_saga_duration_seconds: histogram('Time from the beginning of a saga to its end.', 'saga'),
  isthmus_saga_deadlocks_total: counter('Sagas turned back since they would have waited for each other.'),
  isthmus_sagas_open: gauge('Sagas under way that need nobody.', 'saga', 'status'),
  isthmus_sagas_needing_person: gauge('Sagas that go no further without a person.', 'saga'),
  isthmus_saga_lock_waits: gauge('Sagas that wait for the locks of others.'),
  isthmus_pipeline_runs_total: counter('Runs of pipelines that came to an end.', 'pipeline', 'status'),
  isthmus_pipeline_rows_total: counter(
    'Rows that published runs read, by what became of them.',
    'pipeline',
    'outcome',
  ),
  isthmus_pipeline_run_duration_seconds: histogram(
    'Time from the beginning of a run to its publication.',
    'pipeline',
  ),
  isthmus_pipeline_runs_failed: gauge('Runs that go no further without a person.', 'pipeline'),
  isthmus_pipeline_data_age_seconds: gauge(
    'Time since the end of the last period that was published.',
    'pipeline',
  ),
  isthmus_transactions_total: counter(
    'Transactions over several databases, by outcome.',
    'transaction',
    'outcome',
  ),
  isthmus_transaction_duration_seconds: histogram('Time until a transaction was decided.', 'transaction'),
  isthmus_transactions_in_doubt: gauge('Transactions whose outcome is open for long, or mixed.'),
  isthmus_transactions_mixed: gauge('Transactions that came out differently at their databases.'),
  isthmus_transactions_in_doubt_oldest_age_seconds: gauge('Age of the oldest of those in doubt.'),
  isthmus_members: gauge('Members of the store that live; one counts for each of its roles.', 'role'),
  isthmus_members_lost: gauge('Members that fell silent without leaving, in the last ten minutes.'),
  isthmus_leases: gauge('What this member holds: partitions, sources, the coordination.', 'kind'),
  isthmus_leases_unheld: gauge('What no member holds, as this one heard last.', 'kind'),
  isthmus_lease_moves_total: counter(
    'Leases that came to this member or left it: taken, taken over from one that died, given back.',
    'kind',
    'how',
  ),
  isthmus_membership_sure: gauge('Whether signs of life reach the store: if not, nothing new is begun.'),
  isthmus_clock_ahead_seconds: gauge("By how much this machine's clock is at least ahead of the store's."),
  isthmus_alerts_firing: gauge(
    'Alerts that fire, those that are consequences of others included.',
    'severity',
  ),
  isthmus_drift_findings: gauge(
    'How the last sample of a source differs from its profile.',
    'source',
    'severity',
  ),
  isthmus_alert_channel_up: gauge('Whether the last notice reached the channel.', 'channel'),
  isthmus_alert_notices_total: counter(
    'Messages about alerts that were sent, or failed.',
    'channel',
    'result',
  ),
  isthmus_trace_spans_total: counter(
    'Spans that were exported, failed, or dropped since the queue was full.',
    'result',
  ),
  nodejs_eventloop_lag_mean_seconds: gauge('How late timers were since the last scrape, on average.'),
  nodejs_eventloop_lag_p99_seconds: gauge('How late 1 in 100 timers was since the last scrape.'),
  nodejs_eventloop_lag_max_seconds: gauge('How late the latest timer was since the last scrape.'),
  nodejs_eventloop_utilization: gauge(
    'Share of the time since the last scrape in which the event loop was busy.',
  ),
  nodejs_heap_size_used_bytes: gauge('Heap in use.'),
  nodejs_heap_size_total_bytes: gauge('Heap that the process has.'),
  nodejs_external_memory_bytes: gauge('Memory outside the heap that objects in it hold.'),
  process_resident_memory_bytes: gauge('Resident memory.'),
  process_cpu_seconds_total: counter('Processor time, user and system.'),
  process_open_fds: gauge('Open files and connections, where the system tells.'),
  process_start_time_seconds: gauge('When the process began, since 1970.'),
} as const satisfies Readonly<Record<string, MetricInfo>>

export type MetricName = keyof typeof metricCatalogue

/** What an alert may watch by this name: of a histogram also its `_count` and `_sum`, which are counters. */
export function metricInfo(name: string): MetricInfo | undefined {
  const known: Readonly<Record<string, MetricInfo>> = metricCatalogue
  const found = Object.hasOwn(known, name) ? known[name] : undefined
  if (found) return found
  const base = name.replace(/_(count|sum)$/, '')
  const whole = base !== name && Object.hasOwn(known, base) ? known[base] : undefined
  return whole?.kind === 'histogram' ? { ...whole, kind: 'counter' } : undefined
}
