"""A Temporal that comes back as another one, which knows nothing of what the first was told."""

import unittest

import temporal
from gateway import new_folder
from memory import token
from tasks import Person
from workplace import Workplace


class AServerThatIsReplaced(unittest.TestCase):
    """What a development server in memory does when it is started again: its search attributes are gone."""

    beside = True

    @classmethod
    def setUpClass(cls):
        cls.ada = Person(token("ada"))
        cls.server = temporal.Temporal().start()
        cls.addClassCleanup(cls.server.stop)
        cls.place = Workplace(cls.server)
        cls.place.worker.start()
        cls.gateway = cls.place.gateway()
        cls.addClassCleanup(cls.gateway.stop)
        cls.before = cls.done()
        cls.attributes_before = cls.attributes(cls.before)
        cls.place.worker.stop()
        cls.server.stop()
        cls.server.folder, cls.server.attributes = new_folder(), ()
        cls.server.start()
        cls.place.worker.start()
        cls.addClassCleanup(cls.place.worker.stop)

    @classmethod
    def done(cls):
        task = cls.ada.send(cls.gateway, "temporal://Once")
        status = cls.ada.ended(cls.gateway, task, limit=90)
        assert status["state"] == "done", status
        return task

    @classmethod
    def attributes(cls, task):
        info = cls.server.described(task)["workflowExecutionInfo"]
        return set(info.get("searchAttributes", {}).get("indexedFields", {}))

    def test_tasks_go_on_without_attributes_that_nobody_knows_any_more(self):
        self.assertLessEqual({"AttachUser", "AttachState"}, self.attributes_before)
        for _ in range(3):
            self.assertNotIn("AttachUser", self.attributes(self.done()))
