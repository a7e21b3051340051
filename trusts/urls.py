app_name = "trusts"
urlpatterns: list = []
