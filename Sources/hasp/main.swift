print("hasp")
