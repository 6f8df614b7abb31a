// Everything that the app needs, in a resource group of its own; the Speech resources are elsewhere and get roles only.
targetScope = 'subscription'

@description('Name of the azd environment; all names are made of it.')
@minLength(2)
@maxLength(20)
param environmentName string

param location string

@description('True once the app is deployed: only then can the address of its blob trigger be validated.')
param subscribeEvents bool = false

param slackTeamId string
param slackBotUserId string
@secure()
param slackSigningSecret string
@secure()
param slackBotToken string

@description('Optional further routes to on-call: PagerDuty (Events API v2), and any address that takes a signed webhook.')
@secure()
param pagerDutyRoutingKey string = ''
param webhookUrl string = ''
@secure()
param webhookSecret string = ''

@description('ARM ids of the Speech resources, separated by commas; often in another subscription.')
param speechResourceIds string = ''

@description('Those of them that are driven by API (driver = "rest"), separated by commas: there the app may make and remove.')
param speechDrivenIds string = ''

@description('Who gets the mails of the alert rules; empty: nobody.')
param alertEmail string = ''

@description('True: the state account has no public address. network.bicep says what that rules out.')
param privateNetwork bool = false

var speechIds = empty(speechResourceIds) ? [] : split(speechResourceIds, ',')

resource group 'Microsoft.Resources/resourceGroups@2024-03-01' = {
  name: 'rg-avatar-ops-${environmentName}'
  location: location
  tags: { 'azd-env-name': environmentName }
}

module network 'network.bicep' = if (privateNetwork) {
  name: 'network'
  scope: group
  params: { environmentName: environmentName, location: location }
}

module app 'app.bicep' = {
  name: 'app'
  scope: group
  params: {
    environmentName: environmentName
    location: location
    slackTeamId: slackTeamId
    slackBotUserId: slackBotUserId
    slackSigningSecret: slackSigningSecret
    slackBotToken: slackBotToken
    pagerDutyRoutingKey: pagerDutyRoutingKey
    webhookUrl: webhookUrl
    webhookSecret: webhookSecret
    appSubnetId: privateNetwork ? network.outputs.appSubnetId : ''
  }
}

module private 'private.bicep' = if (privateNetwork) {
  name: 'private'
  scope: group
  params: {
    location: location
    stateAccountId: app.outputs.stateAccountId
    networkId: network.outputs.networkId
    subnetId: network.outputs.endpointsSubnetId
  }
}

module alerts 'alerts.bicep' = {
  name: 'alerts'
  scope: group
  params: { environmentName: environmentName, location: location, logsId: app.outputs.logsId, alertEmail: alertEmail }
}

module events 'events.bicep' = if (subscribeEvents) {
  name: 'events'
  scope: group
  params: {
    location: location
    stateAccountName: app.outputs.stateAccountName
    functionAppName: app.outputs.functionAppName
  }
}

module speech 'speech.bicep' = [for id in speechIds: {
  name: 'speech-${uniqueString(id)}'
  scope: resourceGroup(split(trim(id), '/')[2], split(trim(id), '/')[4])
  params: {
    accountName: last(split(trim(id), '/'))
    principalId: app.outputs.principalId
    drives: contains(toLower(',${replace(speechDrivenIds, ' ', '')},'), toLower(',${trim(id)},'))
  }
}]

output AZURE_FUNCTION_APP_NAME string = app.outputs.functionAppName
output STATE_ACCOUNT_NAME string = app.outputs.stateAccountName
output SLACK_REQUEST_URL string = 'https://${app.outputs.hostName}/api/slack/events'
