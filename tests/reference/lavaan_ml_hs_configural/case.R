# By school, nothing equal.
source("../write_case.R")
data <- read_data("holzinger_swineford.csv")
fit <- cfa(read_model(), data = data, group = "school", optim.method = "GN", optim.gn.tol.x = 1e-10)
write_case(fit)
