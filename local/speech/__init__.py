"""A strict stand-in of the Azure Speech service over HTTP, for tests and for trying the app without a cloud.

What is published is answered as published: Custom Voice 2026-01-01 (statuses, headers, error envelope, paging,
long-running operations), batch avatar synthesis 2024-08-01, Azure Monitor metrics and the Retail Prices API.

UNVERIFIED conventions, because the published control plane knows voices and not avatars:
project and recipe kind `CustomAvatar`; data set kinds `NaturallySpeaking`, `SilentStatus`, `Status0Speaking`,
`Gesture` (videos in the field `audios`); `properties.voiceSync` of a model; a consent's `audioUrl` holds the video;
`/models:authorizecopy` and `/models/{id}:copy`, after the sibling custom speech API; every duration; 404 for the
removal of something absent; 400 for the removal of a batch job that still runs; 201 for an identical PUT of a project
or a training set; compute hours pass like hours of business time.
"""
