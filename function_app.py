"""The list of doors: build the services when they are first needed, register every function; no logic."""

from functools import cache

import azure.functions as func
from slack_sdk.signature import SignatureVerifier

from bot.app import build_app
from bot.route import slack_blueprint
from functions import (
    clip_check,
    clip_uploaded,
    digest,
    events,
    health,
    idle_watch,
    poison,
    reconcile,
    training_poll,
    upload,
    usage,
)
from shared.handling import Handling
from shared.policy import read_policy, read_resources
from shared.services import build
from shared.settings import read_settings
from shared.telemetry import start

settings = read_settings()
policy = read_policy(settings.policy_file)
resources = read_resources(settings.resources_file, settings.speech_keys)
traced = cache(lambda: start(settings))
services = cache(lambda: (traced(), build(settings, policy, resources))[1])
handling = cache(lambda: Handling(services()))
bolt = cache(lambda: (traced(), build_app(settings, resources))[1])
verifier = cache(lambda: SignatureVerifier(settings.slack_signing_secret.get_secret_value()))

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
app.register_functions(slack_blueprint(bolt, verifier))
app.register_functions(health.blueprint(services))
app.register_functions(upload.blueprint(services))
app.register_functions(usage.blueprint(services))
for door in (clip_check, clip_uploaded, digest, events, idle_watch, poison, reconcile, training_poll):
    app.register_functions(door.blueprint(handling))
