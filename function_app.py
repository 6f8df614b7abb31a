"""The list of doors: build the services when they are first needed, register every function; no logic."""

from functools import cache

import azure.functions as func

from bot.app import build_app
from bot.route import slack_blueprint
from functions import clip_check, clip_uploaded, events, health, idle_watch, poison, reconcile, training_poll
from shared.handling import Handling
from shared.policy import read_resources
from shared.services import build
from shared.settings import read_settings

settings = read_settings()
resources = read_resources(settings.resources_file, settings.speech_keys)
services = cache(lambda: build(settings))
handling = cache(lambda: Handling(services()))
bolt = cache(lambda: build_app(settings, resources))

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
app.register_functions(slack_blueprint(bolt))
app.register_functions(health.blueprint(services))
for door in (clip_check, clip_uploaded, events, idle_watch, poison, reconcile, training_poll):
    app.register_functions(door.blueprint(handling))
