// What the app may do on one Speech resource: list and ask batch synthesis, and read its meters. It may change nothing there,
// unless the resource is driven by API: trainings, deployments and removals need the Contributor of Speech.
param accountName string
param principalId string
param drives bool

var speechUser = 'f2dc8367-1007-4938-bd23-fe263f013447' // Cognitive Services Speech User
var speechContributor = '0e75ca1e-0464-4b4d-8b93-68208a576181' // Cognitive Services Speech Contributor
var roles = {
  speech: drives ? speechContributor : speechUser
  monitoringReader: '43d0d8ad-25c7-4714-9337-8ba259a9fe05' // Monitoring Reader
}

resource account 'Microsoft.CognitiveServices/accounts@2024-10-01' existing = {
  name: accountName
}

resource assigned 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in items(roles): {
  name: guid(account.id, principalId, role.value)
  scope: account
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role.value)
  }
}]
