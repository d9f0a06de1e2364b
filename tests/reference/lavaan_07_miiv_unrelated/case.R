# Instrumental variables, a factor that the model leaves unrelated to the others.
source("../write_case.R")
fit <- sem(read_model(), data = read_data("holzinger_swineford.csv"), estimator = "IV")
write_case(fit)
