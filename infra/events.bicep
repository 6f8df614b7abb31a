// Uploads reach the app through Event Grid: on Flex Consumption the blob trigger works in no other way.
param location string
param stateAccountName string
param functionAppName string

resource state 'Microsoft.Storage/storageAccounts@2023-05-01' existing = {
  name: stateAccountName
}

resource app 'Microsoft.Web/sites@2024-04-01' existing = {
  name: functionAppName
}

// The key that the host made for its blob triggers once the app was there.
var key = listKeys('${app.id}/host/default', '2024-04-01').systemKeys.blobs_extension

resource topic 'Microsoft.EventGrid/systemTopics@2024-06-01-preview' = {
  name: 'clips-${uniqueString(state.id)}'
  location: location
  properties: {
    source: state.id
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

// Made here and not by the CLI: its validation times out while the app starts cold.
resource uploaded 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2024-06-01-preview' = {
  parent: topic
  name: 'clip-uploaded'
  properties: {
    destination: {
      endpointType: 'WebHook'
      properties: {
        endpointUrl: 'https://${app.properties.defaultHostName}/runtime/webhooks/blobs?functionName=Host.Functions.clip_uploaded&code=${key}'
      }
    }
    filter: {
      subjectBeginsWith: '/blobServices/default/containers/clips/'
      includedEventTypes: [ 'Microsoft.Storage.BlobCreated' ]
    }
    eventDeliverySchema: 'EventGridSchema'
    retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 } // what is lost nevertheless, reconcile finds
  }
}
