// What wakes on-call beside the messages in Slack: one rule each, from the metrics that shared/telemetry.py names.
// What each means and what to do: docs/runbook.md, under the heading that its description names.
param environmentName string
param location string
param logsId string

@description('Who gets the mails; empty: the rules are there, and nobody is told.')
param alertEmail string = ''

// A gauge may arrive with its value as the sum alone.
var named = 'AppMetrics | where Name == \'avatar_ops.'
var rules = [
  {
    name: 'undelivered'
    description: 'Runbook: Something could not be delivered'
    severity: 2
    query: '${named}undelivered\' | summarize found = max(coalesce(Max, Sum))'
    operator: 'GreaterThan'
    threshold: 0
    window: 'PT30M' // the timer that measures it runs every ten minutes
    every: 'PT15M'
  }
  {
    name: 'oldest-owed'
    description: 'Runbook: Something is owed for more than 15 minutes'
    severity: 2
    query: '${named}oldest_owed\' | summarize found = max(coalesce(Max, Sum))'
    operator: 'GreaterThan'
    threshold: 900
    window: 'PT30M'
    every: 'PT15M'
  }
  {
    name: 'timer-silent'
    description: 'Runbook: A timer did not run'
    severity: 1
    query: '${named}timers\' | where tostring(Properties.timer) in (\'training_poll\', \'reconcile\') | summarize found = dcount(tostring(Properties.timer))'
    operator: 'LessThan'
    threshold: 2
    window: 'PT30M' // every five and every ten minutes
    every: 'PT15M'
  }
  {
    name: 'idle-watch-silent'
    description: 'Runbook: A timer did not run'
    severity: 1
    query: '${named}timers\' | where tostring(Properties.timer) == \'idle_watch\' | summarize found = dcount(tostring(Properties.timer))'
    operator: 'LessThan'
    threshold: 1
    window: 'PT3H' // every hour; money runs while nobody looks
    every: 'PT1H'
  }
  {
    name: 'slow-answers'
    description: 'Runbook: Slack says that the app did not respond'
    severity: 2
    query: '${named}ack\' | summarize found = max(coalesce(Max, Sum))'
    operator: 'GreaterThan'
    threshold: 2 // seconds; Slack waits for three
    window: 'PT15M'
    every: 'PT15M'
  }
]

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(alertEmail)) {
  name: 'ag-avatar-ops-${environmentName}'
  location: 'global'
  properties: {
    groupShortName: 'avatar-ops'
    enabled: true
    emailReceivers: [ { name: 'on-call', emailAddress: alertEmail, useCommonAlertSchema: true } ]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2022-06-15' = [for rule in rules: {
  name: 'alert-avatar-ops-${environmentName}-${rule.name}'
  location: location
  properties: {
    description: rule.description
    severity: rule.severity
    enabled: true
    scopes: [ logsId ]
    evaluationFrequency: rule.every
    windowSize: rule.window
    criteria: {
      allOf: [
        {
          query: rule.query
          timeAggregation: 'Maximum'
          metricMeasureColumn: 'found'
          operator: rule.operator
          threshold: rule.threshold
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    autoMitigate: true
    actions: { actionGroups: empty(alertEmail) ? [] : [ group.id ] }
  }
}]
