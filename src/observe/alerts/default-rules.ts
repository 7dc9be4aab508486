import { type AlertRule, alert, type NoAlert } from '../../flow/alert.ts'

/** What is watched in every landscape. docs/alerts.md has a paragraph for each: what it means and what to do. */
export const defaultRules: readonly AlertRule[] = [
  alert('admission-closed', {
    metric: 'isthmus_admission_open',
    below: 1,
    for: '30s',
    severity: 'critical',
    text: { en: 'No messages are accepted', zh: '已停止接收消息' },
  }),
  alert('store-space', {
    metric: 'isthmus_store_free_bytes',
    below: 2 ** 30,
    for: '1m',
    severity: 'critical',
    text: { en: 'Only {value} bytes of disk are left for the store', zh: '存储所在磁盘仅剩 {value} 字节' },
  }),
  alert('system-unreachable', {
    metric: 'isthmus_system_reachable',
    below: 1,
    for: '1m',
    severity: 'critical',
    text: { en: '{system} cannot be reached', zh: '无法连接系统 {system}' },
  }),
  alert('source-failed', {
    metric: 'isthmus_source_failed',
    above: 0,
    for: '1m',
    severity: 'critical',
    text: { en: 'The source {source} has stopped working', zh: '数据源 {source} 已停止工作' },
  }),
  alert('flow-paused', {
    metric: 'isthmus_flow_paused',
    above: 0,
    for: '1m',
    severity: 'critical',
    text: { en: 'The flow {flow} waits as a whole', zh: '流程 {flow} 已整体暂停' },
  }),
  alert('messages-parked', {
    metric: 'isthmus_messages_parked',
    above: 0,
    for: '10s',
    text: {
      en: 'Messages of {flow} wait for a decision: {value}',
      zh: '流程 {flow} 有 {value} 条消息等待人工处理',
    },
  }),
  alert('messages-in-doubt', {
    metric: 'isthmus_messages_in_doubt',
    above: 0,
    for: '10s',
    severity: 'critical',
    text: {
      en: 'Messages of {flow} were sent, and nobody knows whether they arrived: {value}',
      zh: '流程 {flow} 有 {value} 条消息已发出但结果未知',
    },
  }),
  alert('backlog-old', {
    metric: 'isthmus_messages_oldest_age_seconds',
    above: 900,
    for: '1m',
    text: { en: 'A message of {flow} has waited for {value} s', zh: '流程 {flow} 有消息已等待 {value} 秒' },
  }),
  alert('saga-needs-person', {
    metric: 'isthmus_sagas_needing_person',
    above: 0,
    severity: 'critical',
    text: {
      en: 'Sagas {saga} go no further without a person: {value}',
      zh: 'Saga {saga} 有 {value} 个实例需要人工处理',
    },
  }),
  alert('pipeline-failed', {
    metric: 'isthmus_pipeline_runs_failed',
    above: 0,
    severity: 'critical',
    text: {
      en: 'Runs of pipeline {pipeline} go no further without a person: {value}',
      zh: '数据管道 {pipeline} 有 {value} 次运行需要人工处理',
    },
  }),
  alert('transaction-in-doubt', {
    metric: 'isthmus_transactions_in_doubt_oldest_age_seconds',
    above: 60,
    severity: 'critical',
    text: { en: 'A transaction has been in doubt for {value} s', zh: '有事务处于未决状态已 {value} 秒' },
  }),
  alert('transaction-mixed', {
    metric: 'isthmus_transactions_mixed',
    above: 0,
    severity: 'critical',
    text: {
      en: 'Transactions came out differently at their databases: {value}',
      zh: '{value} 个事务在各数据库中的结果不一致',
    },
  }),
  alert('data-drift', {
    metric: 'isthmus_drift_findings',
    labels: { severity: 'critical' },
    above: 0,
    text: {
      en: 'What {source} delivers is not what it was: {value} differences',
      zh: '{source} 的数据与画像不符：{value} 处差异',
    },
  }),
  alert('leases-unheld', {
    metric: 'isthmus_leases_unheld',
    above: 0,
    for: '30s',
    severity: 'critical',
    text: {
      en: 'No member of the store has taken on: {value} ({kind})',
      zh: '有 {value} 项工作（{kind}）没有任何成员接管',
    },
  }),
  alert('membership-unsure', {
    metric: 'isthmus_membership_sure',
    below: 1,
    for: '30s',
    severity: 'critical',
    text: {
      en: 'The store does not answer this member, which begins nothing new',
      zh: '存储未响应该成员，它不再开始新的工作',
    },
  }),
  alert('members-dying', {
    metric: 'isthmus_members_lost',
    above: 2,
    for: '30s',
    text: {
      en: 'Members of the store died within ten minutes: {value}',
      zh: '十分钟内有 {value} 个存储成员失联',
    },
  }),
  alert('alert-channel-down', {
    metric: 'isthmus_alert_channel_up',
    below: 1,
    for: '1m',
    text: { en: 'Alerts do not get through to {channel}', zh: '告警无法送达渠道 {channel}' },
  }),
]

/** Those of a landscape, with those that come with Isthmus as far as it does not replace them or switch them off. */
export function rulesOf({
  alerts,
}: {
  readonly alerts: readonly (AlertRule | NoAlert)[]
}): readonly AlertRule[] {
  const names = new Set(alerts.map(({ name }) => name))
  const own = alerts.filter((each): each is AlertRule => !('off' in each))
  return [...defaultRules.filter(({ name }) => !names.has(name)), ...own]
}
