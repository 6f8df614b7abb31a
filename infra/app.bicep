// The app and what it keeps: two storage accounts, so that the host's wide role stays away from people's videos.
param environmentName string
param location string
param slackTeamId string
param slackBotUserId string
@secure()
param slackSigningSecret string
@secure()
param slackBotToken string
@secure()
param pagerDutyRoutingKey string = ''
param webhookUrl string = ''

@description('A subnet for the app; then the state account has no public address. Empty: none, and people reach it by signed links.')
param appSubnetId string = ''
@secure()
param webhookSecret string = ''

var unique = uniqueString(resourceGroup().id, environmentName)
var packages = 'packages'
var functionAppName = 'func-avatar-ops-${unique}'
var roles = {
  blobOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner
  blobContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor: reads, writes and erases clips, signs links
  queueContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88' // Storage Queue Data Contributor
  tableContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
  secretsUser: '4633458b-17de-408a-b874-0445c86b69e6' // Key Vault Secrets User
  metricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb' // Monitoring Metrics Publisher
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-avatar-ops-${unique}'
  location: location
}

resource logs 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-avatar-ops-${unique}'
  location: location
  properties: { sku: { name: 'PerGB2018' }, retentionInDays: 30 }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-avatar-ops-${unique}'
  location: location
  kind: 'web'
  properties: { Application_Type: 'web', WorkspaceResourceId: logs.id, DisableLocalAuth: true }
}

resource host 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: 'sthost${unique}'
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: { allowSharedKeyAccess: false, allowBlobPublicAccess: false, minimumTlsVersion: 'TLS1_2', supportsHttpsTrafficOnly: true }

  resource blobs 'blobServices' = {
    name: 'default'
    resource container 'containers' = { name: packages }
  }
}

resource state 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: 'ststate${unique}'
  location: location
  kind: 'StorageV2'
  sku: { name: 'Standard_ZRS' }
  properties: {
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: empty(appSubnetId) ? 'Enabled' : 'Disabled'
  }

  resource blobs 'blobServices' = {
    name: 'default'
    properties: {
      // The upload page sends blocks from the browser; the link in its hands can write one file.
      cors: {
        corsRules: [
          {
            allowedOrigins: [ 'https://${functionAppName}.azurewebsites.net' ]
            allowedMethods: [ 'PUT' ]
            allowedHeaders: [ '*' ]
            exposedHeaders: [ 'ETag' ]
            maxAgeInSeconds: 3600
          }
        ]
      }
    }
    resource clips 'containers' = { name: 'clips' }
    resource pictures 'containers' = { name: 'pictures' }
  }

  resource queues 'queueServices' = {
    name: 'default'
    resource events 'queues' = { name: 'events' }
    resource eventsPoison 'queues' = { name: 'events-poison' }
    resource checks 'queues' = { name: 'clip-checks' }
    resource checksPoison 'queues' = { name: 'clip-checks-poison' }
  }

  resource tables 'tableServices' = {
    name: 'default'
    resource avatars 'tables' = { name: 'avatars' }
    resource worklists 'tables' = { name: 'worklists' }
  }
}

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: 'kv-${unique}'
  location: location
  properties: {
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enablePurgeProtection: true
    softDeleteRetentionInDays: 7 // a vault that was deleted keeps its name for so long, and `azd up` fails until then
  }

  resource signing 'secrets' = { name: 'slack-signing-secret', properties: { value: slackSigningSecret } }
  resource token 'secrets' = { name: 'slack-bot-token', properties: { value: slackBotToken } }
  resource pagerDuty 'secrets' = if (!empty(pagerDutyRoutingKey)) { name: 'pagerduty-routing-key', properties: { value: pagerDutyRoutingKey } }
  resource webhook 'secrets' = if (!empty(webhookSecret)) { name: 'webhook-secret', properties: { value: webhookSecret } }
}

resource hostRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in [ roles.blobOwner, roles.queueContributor, roles.tableContributor ]: {
  name: guid(host.id, identity.id, role)
  scope: host
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

resource stateRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in [ roles.blobContributor, roles.queueContributor, roles.tableContributor ]: {
  name: guid(state.id, identity.id, role)
  scope: state
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
  }
}]

resource vaultRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, identity.id, roles.secretsUser)
  scope: vault
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.secretsUser)
  }
}

resource insightsRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, identity.id, roles.metricsPublisher)
  scope: insights
  properties: {
    principalId: identity.properties.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.metricsPublisher)
  }
}

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-avatar-ops-${unique}'
  location: location
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: functionAppName
  location: location
  kind: 'functionapp,linux'
  tags: { 'azd-service-name': 'app' }
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${identity.id}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    virtualNetworkSubnetId: empty(appSubnetId) ? null : appSubnetId
    keyVaultReferenceIdentity: identity.id // without it references use an identity that is not there
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: '${host.properties.primaryEndpoints.blob}${packages}'
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identity.id }
        }
      }
      runtime: { name: 'python', version: '3.12' }
      scaleAndConcurrency: {
        maximumInstanceCount: 40
        instanceMemoryMB: 2048
        // One of each stays warm: Slack waits 3 seconds, and the group of blob triggers may never start from zero.
        alwaysReady: [ { name: 'http', instanceCount: 1 }, { name: 'blob', instanceCount: 1 } ]
      }
    }
    siteConfig: { minTlsVersion: '1.2' }
  }
  dependsOn: [ hostRoles, stateRoles, vaultRole, insightsRole, vault::pagerDuty, vault::webhook ] // the last two are named in settings, not referenced

  resource settings 'config' = {
    name: 'appsettings'
    properties: {
      APPLICATIONINSIGHTS_CONNECTION_STRING: insights.properties.ConnectionString
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identity.properties.clientId};Authorization=AAD'
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: identity.properties.clientId
      AzureWebJobsStorage__blobServiceUri: host.properties.primaryEndpoints.blob
      AzureWebJobsStorage__queueServiceUri: host.properties.primaryEndpoints.queue // without it the blob trigger is not even indexed
      AzureWebJobsStorage__tableServiceUri: host.properties.primaryEndpoints.table
      AZURE_CLIENT_ID: identity.properties.clientId // which identity the app's own calls use
      STATE__credential: 'managedidentity'
      STATE__clientId: identity.properties.clientId
      STATE__blobServiceUri: state.properties.primaryEndpoints.blob
      STATE__queueServiceUri: state.properties.primaryEndpoints.queue
      STATE__tableServiceUri: state.properties.primaryEndpoints.table
      SLACK_SIGNING_SECRET: '@Microsoft.KeyVault(SecretUri=${vault::signing.properties.secretUri})'
      SLACK_BOT_TOKEN: '@Microsoft.KeyVault(SecretUri=${vault::token.properties.secretUri})'
      SLACK_BOT_USER_ID: slackBotUserId
      SLACK_TEAM_ID: slackTeamId
      SLACK_API_URL: 'https://slack.com/api/'
      SLACK_PACE: '1.0'
      PAGERDUTY_ROUTING_KEY: empty(pagerDutyRoutingKey) ? '' : '@Microsoft.KeyVault(VaultName=${vault.name};SecretName=pagerduty-routing-key)'
      PAGERDUTY_URL: 'https://events.pagerduty.com/v2/enqueue' // https://events.eu.pagerduty.com/v2/enqueue for an account in the EU
      WEBHOOK_URL: webhookUrl
      WEBHOOK_SECRET: empty(webhookSecret) ? '' : '@Microsoft.KeyVault(VaultName=${vault.name};SecretName=webhook-secret)'
      APP_URL: 'https://${functionAppName}.azurewebsites.net'
      POLICY_FILE: 'policy.toml'
      RESOURCES_FILE: 'resources.toml'
      SPEECH_KEYS: '{}'
      MONITOR_URL: environment().resourceManager
      PRICES_URL: 'https://prices.azure.com/api/retail/prices'
      CONSENT_STATEMENTS: 'https://raw.githubusercontent.com/Azure-Samples/cognitive-services-speech-sdk/master/sampledata/customavatar'
    }
  }
}

output stateAccountId string = state.id
output logsId string = logs.id
output functionAppName string = app.name
output hostName string = app.properties.defaultHostName
output principalId string = identity.properties.principalId
output stateAccountName string = state.name
